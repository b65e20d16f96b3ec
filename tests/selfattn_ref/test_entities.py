import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from selfattn_ref import decode_bio, entity_pair_features


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", []),
        ("O O", []),
        ("B-X", [("X", 0, 1)]),
        ("B-X I-X O", [("X", 0, 2)]),
        ("O B-X B-X", [("X", 1, 2), ("X", 2, 3)]),
        ("I-X I-X", [("X", 0, 2)]),  # first of the text
        ("B-X O I-X", [("X", 0, 1), ("X", 2, 3)]),  # after O
        ("B-X I-Y I-Y", [("X", 0, 1), ("Y", 1, 3)]),  # after another label
        ("B-X I-Y I-X", [("X", 0, 1), ("Y", 1, 2), ("X", 2, 3)]),
        ("B-X-1 I-X-1 I-X-2", [("X-1", 0, 2), ("X-2", 2, 3)]),
        ("B-B I-B B-I I-I B-O", [("B", 0, 2), ("I", 2, 4), ("O", 4, 5)]),
    ],
)
def test_decode_bio_hand_computed(tags, expected):
    assert decode_bio(tags.split()) == expected


tag_lists = st.lists(st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"]), max_size=12)


def written(entities, n):
    tags = ["O"] * n
    for label, start, end in entities:
        tags[start:end] = [f"B-{label}", *[f"I-{label}"] * (end - start - 1)]
    return tags


@given(tag_lists)
def test_decode_bio_entities_written_as_tags_are_read_again(tags):
    entities = decode_bio(tags)
    clean = written(entities, len(tags))
    assert decode_bio(clean) == entities
    # only the first letter of a stray I-X changes
    assert [tag[2:] for tag in clean] == [tag[2:] for tag in tags]
    assert all(mine == old or (mine[0], old[0]) == ("B", "I") for mine, old in zip(clean, tags, strict=True))


@given(tag_lists)
def test_decode_bio_every_tag_but_o_belongs_to_exactly_one_entity(tags):
    covered = [place for _, start, end in decode_bio(tags) for place in range(start, end)]
    assert covered == [place for place, tag in enumerate(tags) if tag != "O"]


def test_decode_bio_tag_that_is_no_string_is_named():
    with pytest.raises(TypeError, match=r"tags\[1\] must be a string, got int"):
        decode_bio(["O", 3])
    assert decode_bio(np.array(["B-X", "I-X"])) == [("X", 0, 2)]


def test_entity_pair_features_hand_computed():
    hidden = np.array([[9.0, 8.0], [1.0, 2.0], [3.0, 6.0], [5.0, 0.0]])
    features = entity_pair_features(hidden, (1, 3), (3, 4))
    assert features.tolist() == [9.0, 8.0, 2.0, 4.0, 5.0, 0.0]
    assert entity_pair_features(hidden, (3, 4), (1, 3)).tolist() == [9.0, 8.0, 5.0, 0.0, 2.0, 4.0]  # the other way
    assert entity_pair_features(hidden, (0, 4), np.array([1, 2])).tolist() == [9.0, 8.0, 4.5, 4.0, 1.0, 2.0]


def test_entity_pair_features_tokens_outside_the_pair_play_no_part(rng):
    hidden = rng.normal(size=(7, 4))
    expected = entity_pair_features(hidden, (2, 4), (5, 6))
    hidden[[1, 4, 6]] = np.nan
    np.testing.assert_array_equal(entity_pair_features(hidden, (2, 4), (5, 6)), expected)


def test_entity_pair_features_end_that_is_no_integer_is_named():
    with pytest.raises(TypeError, match=r"tail\[1\] must be an integer, got float"):
        entity_pair_features(np.ones((3, 2)), (0, 1), (1, 2.0))
