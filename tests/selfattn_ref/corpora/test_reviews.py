"""Every label follows from the text by the rules of the grammar, read here without the generator's help."""

import re

import numpy as np
import pytest
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from selfattn_ref.corpora.reviews import (
    DEGREES,
    JUDGMENTS,
    LABELS,
    NEGATIONS,
    NEGATIVE,
    NEUTRAL,
    OTHER_FILMS,
    OTHERS,
    POSITIVE,
    SHARES,
    THINGS,
    WORDS,
    labeled_reviews,
    unlabeled_texts,
)

POLARITY = {word: label for label, words in WORDS.items() for word in words}
ASIDE = re.compile(rf"({'|'.join(OTHERS)}) found .*|({'|'.join(OTHER_FILMS)}) was .*|we saw it in \w+", re.IGNORECASE)


def read_statement(text):
    """What one clause says: the polarity of its last word, turned round by a negation that stands before that word."""
    thing, _, said = text.partition(" was ")
    assert thing in THINGS
    words = [word for word in said.split() if word not in (*DEGREES.values(), "and")]
    if words[0] not in NEGATIONS:
        (label,) = {POLARITY[word] for word in words}
        return label
    opposite = NEGATIVE + POSITIVE - POLARITY[words[1]]
    if len(words) > 2:
        assert (words[0], words[2]) == ("not", "but")
        assert POLARITY[words[3]] == opposite
    return opposite


def read_opinion(sentence):
    """What a sentence about the film says in the end: the main clause decides."""
    for pattern, decides, concedes in (
        (r"although (.+), (.+)", 2, 1),
        (r"(.+), although (.+)", 1, 2),
        (r"(.+), but (.+)", 2, 1),
    ):
        if found := re.fullmatch(pattern, sentence):
            assert {read_statement(found[decides]), read_statement(found[concedes])} == {NEGATIVE, POSITIVE}
            return read_statement(found[decides])
    return read_statement(sentence)


def read(text):
    """The label of a review."""
    sentences = [sentence.lower() for sentence in text.rstrip(".").split(". ")]
    opinions = [read_opinion(sentence) for sentence in sentences if not ASIDE.fullmatch(sentence)]
    assert len(opinions) <= 1
    return opinions[0] if opinions else NEUTRAL


@pytest.mark.parametrize("seed", range(5))
def test_labels_follow_from_the_texts(seed):
    reviews = labeled_reviews(1000, np.random.default_rng(seed))
    assert [read(review.text) for review in reviews] == [review.label for review in reviews]


def test_closing_judgment_agrees_with_the_rest():
    closing = re.compile(rf"^(.*\.) (?:In short: )?({'|'.join(JUDGMENTS.values())})\.$", re.IGNORECASE)
    found = [closing.match(text) for text in unlabeled_texts(1000, np.random.default_rng(1))]
    assert 920 < sum(match is not None for match in found) < 980
    judged = [(read(match[1]), match[2].lower()) for match in found if match]
    assert all(JUDGMENTS[label] == word for label, word in judged)


def test_labeled_reviews_hold_no_judgment_and_have_the_promised_shares():
    reviews = labeled_reviews(4000, np.random.default_rng(2))
    assert not any(word in review.text.lower() for review in reviews for word in JUDGMENTS.values())
    shares = np.bincount([review.label for review in reviews], minlength=len(LABELS)) / len(reviews)
    np.testing.assert_allclose(shares, SHARES, atol=0.03)


def test_same_seed_gives_the_same_reviews():
    assert labeled_reviews(20, np.random.default_rng(3)) == labeled_reviews(20, np.random.default_rng(3))
    assert labeled_reviews(20, np.random.default_rng(3)) != labeled_reviews(20, np.random.default_rng(4))


def test_words_of_asides_do_not_depend_on_the_label():
    reviews = labeled_reviews(8000, np.random.default_rng(5))
    words = {label: [] for label in range(3)}
    for review in reviews:
        for sentence in review.text.rstrip(".").split(". "):
            if ASIDE.fullmatch(sentence) and "saw it" not in sentence:
                words[review.label].append(POLARITY[sentence.split()[-1]])
    for said in words.values():
        np.testing.assert_allclose(np.bincount(said, minlength=3) / len(said), SHARES, atol=0.05)


def test_counting_words_is_not_enough():
    rng = np.random.default_rng(6)
    train, test = labeled_reviews(4000, rng), labeled_reviews(2000, rng)
    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=2000))
    model.fit([review.text for review in train], [review.label for review in train])
    assert 0.5 < model.score([review.text for review in test], [review.label for review in test]) < 0.75


@pytest.mark.parametrize("write", [labeled_reviews, unlabeled_texts])
def test_bad_arguments_are_named(write):
    with pytest.raises(ValueError, match="count must be at least 1, got 0"):
        write(0, np.random.default_rng(0))
    with pytest.raises(TypeError, match="rng must be"):
        write(1, 0)
