"""How the documentation is built: Sphinx with MyST's Markdown and the Furo theme."""

project = "Paydesk"
author = "The Paydesk authors"
project_copyright = author
extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
html_theme = "furo"
html_title = "Paydesk"
html_copy_source = False
html_show_sphinx = False
myst_enable_extensions = ["deflist"]
# Links to `#a-heading` of a page.
myst_heading_anchors = 3
nitpicky = True
