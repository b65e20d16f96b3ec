"""Pages of mistakes stand beside the table of contents: hundreds of them would bury the chapters in the sidebar.

A reader comes to one from a check or from the index of mistakes, and goes back to the index.
"""

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

FOLDER = "book/mistakes/"
INDEX = FOLDER + "index"


def is_page_of_a_mistake(name: str) -> bool:
    return name.startswith(FOLDER) and name != INDEX


def leave_out_of_contents(app: Sphinx, doctree: nodes.document) -> None:
    """Tell Sphinx that the page belongs to no table of contents on purpose; of other pages it warns."""
    if is_page_of_a_mistake(app.env.docname):
        app.env.metadata[app.env.docname]["orphan"] = ""


def lead_back_to_index(app: Sphinx, doctree: nodes.document) -> None:
    """Put a link to the index below the title."""
    name = app.env.docname
    if is_page_of_a_mistake(name):
        title = next(iter(doctree.findall(nodes.title)))
        to_index = {"refdomain": "std", "reftype": "doc", "reftarget": f"/{INDEX}", "refdoc": name}
        link = addnodes.pending_xref(
            "", nodes.inline("", "All mistakes, by name"), refexplicit=True, refwarn=True, **to_index
        )
        title.parent.insert(1, nodes.paragraph("", "", nodes.Text("↑ "), link, classes=["to-index"]))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", leave_out_of_contents)
    app.connect("doctree-read", lead_back_to_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
