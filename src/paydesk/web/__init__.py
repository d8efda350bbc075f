"""The pages: thin views that parse, call one function of a room below, and show."""
