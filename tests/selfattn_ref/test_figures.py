"""The pictures: what they show, that they refuse what they cannot show, and that they leave Matplotlib alone."""

import subprocess
import sys
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from selfattn_ref import causal_mask, figures
from selfattn_ref.figures import Matrix

WORDS = ["the", "cat", "slept"]
WEIGHTS = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.125, 0.125, 0.75]])

PICTURES = {
    "heat_map": lambda: figures.heat_map(WEIGHTS, rows=WORDS, columns=WORDS, title="weights"),
    "heat_maps": lambda: figures.heat_maps({"one": WEIGHTS, "two": -WEIGHTS}, across=2),
    "mask_gallery": lambda: figures.mask_gallery({"causal": causal_mask(4), "cache": causal_mask(2, 5)}),
    "matrix_product": lambda: figures.matrix_product(
        [Matrix("Q", "n", "$d_k$"), Matrix("K", "$d_k$", "m")],
        Matrix("S", "n", "m"),
        lengths={"n": 4, "$d_k$": 2, "m": 5},
    ),
    "word_arcs": lambda: figures.word_arcs(WORDS, WEIGHTS[2], 2),
    "word_links": lambda: figures.word_links(["le", "chat"], WORDS, WEIGHTS[:2]),
    "curves": lambda: figures.curves([1, 2, 4], {"a": [1, 2, 3], "b": WEIGHTS}, x_title="n", y_title="s", x_log=2),
    "log_log_lines": lambda: figures.log_log_lines([1, 2, 4, 8], {"t": [1, 4, 16, 64]}, x_title="n", y_title="s"),
    "computation_graph": lambda: figures.computation_graph(
        {"x": (0, 0), "w": (0, 1), "y": (1, 0.5)},
        {("x", "y"): "x w", ("w", "y"): ""},
        below={"y": "(n, d)"},
        title="A product",
    ),
    "bars": lambda: figures.bars(["one", "two"], {"a": [0.1, 0.2], "b": [[0.3, 0.4], [0.5, 0.6]]}, x_title="share"),
    "blank": lambda: figures.blank()[0],
    "panels": lambda: figures.panels(3)[0],
}


def texts(picture, place=0):
    return [text.get_text() for text in picture.axes[place].texts if text.get_text()]


@pytest.mark.parametrize("name", PICTURES)
def test_picture_in_a_notebook_is_svg(name):
    picture = PICTURES[name]()
    assert isinstance(picture, Figure)
    assert ET.fromstring(picture._repr_svg_()).tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("name", PICTURES)
def test_picture_drawn_twice_gives_the_same_bytes(name):
    assert PICTURES[name]()._repr_svg_() == PICTURES[name]()._repr_svg_()


@pytest.mark.parametrize("name", PICTURES)
def test_picture_leaves_settings_and_windows_alone(name):
    windows = "matplotlib.pyplot" in sys.modules
    with mpl.rc_context({"font.size": 3.0, "svg.fonttype": "none"}):
        PICTURES[name]()._repr_svg_()
        assert (mpl.rcParams["font.size"], mpl.rcParams["svg.fonttype"]) == (3.0, "none")
    assert ("matplotlib.pyplot" in sys.modules) == windows


def test_picture_fits_a_phone_without_small_type():
    for draw in PICTURES.values():
        width = float(ET.fromstring(draw()._repr_svg_()).attrib["width"].removesuffix("pt"))
        assert width <= 72 * 5.0  # a phone shows 270 points: type of 11 points stays above 8


def test_figures_reference_import_does_not_load_matplotlib():
    code = "import sys, selfattn_ref; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_heat_map_words_and_numbers_are_shown():
    picture = PICTURES["heat_map"]()
    axes = picture.axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == WORDS
    assert [label.get_text() for label in axes.get_yticklabels()] == WORDS
    assert axes.get_title(loc="left") == "weights"
    assert texts(picture) == ["0.50", "0.25", "0.25", "0", "1", "0", "0.12", "0.12", "0.75"]


@pytest.mark.parametrize("draw", [figures.heat_map, lambda mask, **how: figures.mask_gallery({"": mask}, **how)])
def test_labels_from_an_array_are_shown(draw):
    axes = draw(causal_mask(3), rows=np.array(WORDS), columns=np.array(WORDS)).axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == WORDS


def test_heat_map_first_row_is_at_the_top():
    low, high = figures.heat_map(WEIGHTS).axes[0].get_ylim()
    assert low > high


def test_heat_map_many_cells_carry_no_numbers():
    assert texts(figures.heat_map(np.ones((20, 20)) / 3)) == []


def test_heat_map_infinity_and_nan_are_named():
    picture = figures.heat_map(np.array([[1.0, -np.inf], [np.nan, -0.001]]))
    assert texts(picture) == ["1", "−∞", "NaN", "0.00"]


def test_heat_maps_share_one_scale():
    small, large = figures.heat_maps({"small": WEIGHTS, "large": 4 * WEIGHTS}).axes
    assert small.collections[0].get_clim() == large.collections[0].get_clim() == (0.0, 4.0)


def test_heat_maps_negative_numbers_put_white_at_zero():
    axes = figures.heat_map(WEIGHTS - 0.75).axes[0]
    assert axes.collections[0].get_clim() == (-0.75, 0.75)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: figures.heat_map(WEIGHTS[0]), r"shape \(rows, columns\), got shape \(3,\)"),
        (lambda: figures.heat_map(WEIGHTS, rows=["the"]), "rows must name the 3 rows of matrix '', got 1 names"),
        (lambda: figures.heat_map(WEIGHTS, columns=["a", "b"]), "columns must name the 3 columns"),
        (lambda: figures.heat_maps({}), "at least one matrix"),
        (lambda: figures.mask_gallery({}), "at least one mask"),
        (lambda: figures.mask_gallery({"pads": np.ones((2, 1, 3), bool)}), r"\(q_len, k_len\), got shape \(2, 1, 3\)"),
        (lambda: figures.word_arcs(WORDS, [0.5, 0.5], 0), r"shape \(3,\), got shape \(2,\)"),
        (lambda: figures.word_arcs(WORDS, WEIGHTS[0], 3), "a place from 0 to 2, got 3"),
        (lambda: figures.word_links(WORDS, ["a"], WEIGHTS), r"shape \(3, 1\), got shape \(3, 3\)"),
        (lambda: figures.bars(["one"], {"a": [1, 2]}, x_title=""), "'a' must have 1 amounts"),
        (lambda: figures.computation_graph({"x": (0, 0)}, {("x", "y"): ""}), "places must hold y, got x"),
    ],
)
def test_picture_of_what_does_not_fit_is_refused(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_mask_gallery_cross_marks_what_is_hidden():
    picture = figures.mask_gallery({"causal": causal_mask(3)})
    crosses = picture.axes[0].lines[0].get_xydata() - 0.5  # (column, row)
    assert crosses.tolist() == [[1, 0], [2, 0], [2, 1]]


def test_matrix_product_inner_sizes_that_differ_are_refused():
    with pytest.raises(ValueError, match="K must have d rows, got n"):
        figures.matrix_product(
            [Matrix("Q", "n", "d"), Matrix("K", "n", "d")], Matrix("S", "n", "d"), lengths={"n": 1, "d": 1}
        )


def test_matrix_product_wrong_result_is_refused():
    with pytest.raises(ValueError, match="S must be"):
        figures.matrix_product(
            [Matrix("Q", "n", "d"), Matrix("K", "d", "n")], Matrix("S", "n", "d"), lengths={"n": 1, "d": 1}
        )


def test_word_arcs_thickness_grows_with_the_weight():
    thick = [patch.get_linewidth() for patch in figures.word_arcs(WORDS, WEIGHTS[2], 2).axes[0].patches]
    assert thick[0] == thick[1] < thick[2]


def test_fitted_slope_uses_the_last_points_only():
    assert figures.fitted_slope([1, 2, 4, 8, 16], [50, 8, 64, 512, 4096], last=4) == pytest.approx(3.0)


def test_log_log_lines_legend_names_the_slope():
    legend = PICTURES["log_log_lines"]().axes[0]
    assert [line.get_label() for line in legend.get_lines()] == ["t: slope 2.0"]


def test_log_log_lines_legend_of_a_level_line_has_no_sign():
    legend = figures.log_log_lines([1, 2, 4], {"t": [1.0, 1.0, 0.999]}, x_title="n", y_title="t").axes[0]
    assert [line.get_label() for line in legend.get_lines()] == ["t: slope 0.0"]


def test_curves_repetitions_become_mean_and_band():
    axes = figures.curves([0, 1], {"a": [[0.0, 2.0], [2.0, 4.0]]}, x_title="x", y_title="y").axes[0]
    assert axes.get_lines()[0].get_ydata().tolist() == [1.0, 3.0]
    assert len(axes.collections) == 1


def test_curves_ticks_may_be_fewer_than_the_points():
    axes = figures.curves([1, 10, 100], {"a": [1, 2, 3]}, x_title="x", y_title="y", x_log=10, x_ticks=[1, 100]).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["1", "100"]


def test_computation_graph_has_an_arrow_back_for_each_arrow_there():
    places, steps = {"x": (0, 0), "y": (1, 0), "z": (2, 0)}, {("x", "y"): "square", ("y", "z"): "sum"}
    count = [len(figures.computation_graph(places, steps, back=back).axes[0].texts) for back in (False, True)]
    assert count[1] - count[0] == len(steps)  # Matplotlib keeps an arrow as a text without letters


def test_bars_number_is_the_mean_of_the_repetitions():
    assert texts(figures.bars(["one"], {"a": [[0.25], [0.75]]}, x_title="share")) == ["0.50"]
