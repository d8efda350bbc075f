"""The buyers' pages beside a bare Flask view that renders a template of the same size."""

PAGES = {"home": "/", "product": "/p/workshop-apron"}
