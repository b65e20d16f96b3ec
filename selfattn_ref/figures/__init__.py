"""The pictures of the book and of the notebooks, in one style. Needs Matplotlib.

Every function returns a `Picture`: a Matplotlib figure that a notebook shows as SVG. Nothing global is changed.

>>> import numpy as np
>>> picture = heat_map(np.eye(2), rows=["the", "cat"], columns=["the", "cat"], title="weights")
>>> picture.axes[0].get_title(loc="left")
'weights'
"""

from selfattn_ref.figures.bars import bars
from selfattn_ref.figures.computation_graph import computation_graph
from selfattn_ref.figures.curves import curves, fitted_slope, log_log_lines
from selfattn_ref.figures.heat_map import heat_map, heat_maps
from selfattn_ref.figures.mask_gallery import mask_gallery
from selfattn_ref.figures.matrix_product import Matrix, matrix_product
from selfattn_ref.figures.style import BLUE, DARK, GREY, LIGHT, ORANGE, Picture, blank, panels, styled
from selfattn_ref.figures.word_links import word_arcs, word_links

__all__ = [
    "BLUE",
    "DARK",
    "GREY",
    "LIGHT",
    "ORANGE",
    "Matrix",
    "Picture",
    "bars",
    "blank",
    "computation_graph",
    "curves",
    "fitted_slope",
    "heat_map",
    "heat_maps",
    "log_log_lines",
    "mask_gallery",
    "matrix_product",
    "panels",
    "styled",
    "word_arcs",
    "word_links",
]
