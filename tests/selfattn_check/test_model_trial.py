"""How data sets, training, judging and looking inside are tried: what is seen of an attempt, and what is left alone."""

import numpy as np
import pytest
import torch

from selfattn_check import EXERCISES, check
from selfattn_check.call import identical
from selfattn_check.comparison import alike
from selfattn_check.exercises.classifier_inputs import AttentionModel, Classifier, Guesser, Outcome, batches
from selfattn_check.exercises.text_inputs import WordTokenizer, sentences
from selfattn_check.model_trial import read_items, train, use
from selfattn_ref import attention_maps, evaluate, train_epoch


def training(rng, **options):
    return {"model": Classifier.drawn(rng, 7, 3), "batches": batches(rng, [3, 2], 7, 3), "lr": 0.5} | options


def test_training_leaves_the_model_and_the_random_state_of_the_session_alone(rng):
    arguments = training(rng)
    before = {name: value.clone() for name, value in arguments["model"].state_dict().items()}
    state = torch.get_rng_state()
    first, again = (train(train_epoch, arguments) for _ in range(2))
    assert first.returned == again.returned
    assert identical(dict(first.then), dict(again.then))
    assert identical(before, dict(arguments["model"].state_dict()))
    assert not arguments["model"].calls
    assert torch.equal(torch.get_rng_state(), state)


def test_training_is_seen_in_modes_parameters_and_learning_rate(rng):
    arguments = training(rng, halving=True, max_norm=5.0)
    after = train(train_epoch, arguments).then
    assert after["mode in the batches"] == after["mode afterwards"] == "training mode"
    assert after["learning rate afterwards"] == 0.125
    moved = {name: not torch.equal(after[f"{name} afterwards"], p) for name, p in arguments["model"].named_parameters()}
    assert moved == {"tokens.weight": True, "offset": True, "bias": False}  # dropout takes the bias away


def test_training_that_never_calls_the_model_is_seen(rng):
    after = train(lambda model, batches, optimizer: 0.0, training(rng)).then
    assert (after["mode in the batches"], after["mode afterwards"]) == ("never called", "eval mode")


def test_batches_that_can_be_gone_through_once_are_an_iterator(rng):
    seen = []
    train(lambda model, batches, optimizer: seen.append(next(batches)) or 0.0, training(rng, once=True))
    assert [batch["labels"].shape for batch in seen] == [(3,)]


def test_use_tells_how_a_model_was_asked(rng):
    arguments = {"model": Classifier.drawn(rng, 7, 3).train(), "batches": batches(rng, [3, 2], 7, 3)}

    def careless(model, batches):
        with torch.no_grad():
            model(**batches[0])
        return model.eval()(batches[1]["input_ids"]).logits.shape

    trial = use(careless, arguments)
    assert trial.returned == (2, 3)
    assert trial.then == {
        "mode in the calls": "training mode, then eval mode",
        "gradients in the calls": "recorded, then not recorded",
        "labels in the calls": "passed on, then left out",
        "mode afterwards": "eval mode",
    }
    assert use(evaluate, arguments).then == {
        "mode in the calls": "eval mode",
        "gradients in the calls": "not recorded",
        "labels in the calls": "left out",
        "mode afterwards": "training mode",
    }


def test_a_part_left_in_another_mode_is_told_as_mixed(rng):
    trial = use(
        lambda model, batch: model.dropout.train(),
        {"model": AttentionModel.drawn(rng, layers=1, num_heads=1), "batch": {}},
    )
    assert trial.then["mode afterwards"] == "mixed"


def test_floats_are_told_with_the_digits_of_float32(rng):
    trial = use(
        lambda model, batches: {"accuracy": 1 / 3, "per_class": {0: {"f1": 0.1, "support": 2}}},
        {"model": Classifier.drawn(rng, 7, 3), "batches": []},
    )
    assert type(trial.returned["accuracy"]) is np.float32
    assert type(trial.returned["per_class"][0]["f1"]) is np.float32
    assert trial.returned["per_class"][0]["support"] == 2


def test_a_count_may_be_of_numpy_but_no_float(rng):
    def counted(support):
        return use(lambda model, batches: {"support": support}, {"model": Classifier.drawn(rng, 7, 3), "batches": []})

    assert alike(counted(np.int64(2)).returned, counted(2).returned)
    assert not alike(counted(2.0).returned, counted(2).returned)


def test_training_may_begin_with_gradients_that_are_left(rng):
    def first_gradient(model, batches, optimizer):
        return float(model.offset.grad.sum()) if model.offset.grad is not None else 0.0

    assert train(first_gradient, training(rng)).returned == 0.0
    assert train(first_gradient, training(rng, stale=True)).returned == 3.0


def test_models_of_the_probes_refuse_entries_that_come_under_another_name(rng):
    batch = batches(rng, [2], 7, 3)[0]
    for model in (Classifier.drawn(rng, 7, 3), AttentionModel.drawn(rng, layers=1, num_heads=1)):
        with pytest.raises(TypeError, match=r"input_ids must be a tensor, got a dict; model\(\*\*batch\) passes each"):
            model(batch)
        with pytest.raises(ValueError, match="token_type_ids, the third parameter, must have the shape of input_ids"):
            model(*batch.values())


def test_guesser_asks_for_tokens_where_the_label_is_not_ignored(rng):
    model = Guesser.drawn(rng, 7, 7)
    batch = {
        "input_ids": torch.tensor([[1, 2, 3], [4, 5, 6]]),
        "labels": torch.tensor([[-100, 2, -100], [4, -100, -100]]),
    }
    outcome = model(**batch)
    chosen = outcome.logits[[0, 1], [1, 0]]
    expected = torch.nn.functional.cross_entropy(chosen, torch.tensor([2, 4]), label_smoothing=0.1)
    assert outcome.logits.shape == (2, 3, 7)
    torch.testing.assert_close(outcome.loss, expected)


def test_attention_model_answers_like_a_model_of_transformers(rng):
    model = AttentionModel.drawn(rng, layers=2, num_heads=3)
    batch = {"input_ids": torch.tensor([[1, 2, 3]]), "attention_mask": torch.tensor([[1, 1, 0]])}
    assert model(**batch).attentions is None
    maps = attention_maps(model, batch)
    assert maps.shape == (1, 2, 3, 3, 3)
    np.testing.assert_allclose(maps.sum(axis=-1), 1, atol=1e-6)
    assert not maps[..., 2].any()


def test_outcome_is_read_by_attribute_name_and_place():
    outcome = Outcome(loss=None, logits=5)
    assert (outcome.logits, outcome["logits"], outcome[0], outcome.loss) == (5, 5, 5, None)
    with pytest.raises(AttributeError, match=r"what the model returns has no `argmax`; it has `logits`$"):
        _ = outcome.argmax


def test_data_set_is_read_item_by_item():
    class Shifted(list):
        def __getitem__(self, index):
            return super().__getitem__(index - 1)

    arguments = {"texts": ["a", "b"], "labels": [0, 1], "tokenizer": None, "max_len": 3}
    trial = read_items(lambda texts, labels, tokenizer, max_len: Shifted(labels), arguments)
    assert trial.returned == {"len(data)": 2, "data[0]": 1, "data[1]": 0}


def test_a_class_that_takes_other_arguments_is_called_a_class():
    class Unlimited:
        def __init__(self, texts, labels, tokenizer):
            pass

    report = check("TextClassificationDataset", Unlimited, show=False)
    assert [each.code for each in report.diagnoses] == ["wrong-signature"]
    assert "the class must take (texts, labels, tokenizer, max_len)" in report.text


def test_trials_do_not_bear_the_names_of_blueprints():
    """Else the check's own trial would pass for a call of the ready-made solution."""
    blueprints = {exercise.blueprint.__name__ for exercise in EXERCISES.values()}
    assert not blueprints & {trial.__name__ for trial in (read_items, train, use)}


OPTIONS = [
    {},
    {"max_length": 5},
    {"truncation": True, "max_length": 5},
    {"truncation": False, "max_length": 5},
    {"truncation": True, "max_length": 5, "padding": "max_length"},
    {"truncation": True, "max_length": 9, "padding": "max_length"},
    {"padding": True},
    {"add_special_tokens": False, "truncation": True, "max_length": 3},
    {"padding": True, "return_tensors": "pt"},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("several", [True, False], ids=["texts", "text"])
def test_the_tokenizer_of_the_probes_behaves_as_those_of_transformers(rng, several, options):
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    texts = sentences(rng, [2, 7, 0])
    mine = WordTokenizer()
    words = {word: mine.encode(word)[1] for text in texts for word in text.split()}
    fast = Tokenizer(WordLevel({"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3} | words, unk_token="[UNK]"))
    fast.pre_tokenizer = WhitespaceSplit()
    fast.post_processor = TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    theirs = PreTrainedTokenizerFast(
        tokenizer_object=fast, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    given = texts if several else texts[1]
    expected, encoded = theirs(given, **options), mine(given, **options)
    for name in ("input_ids", "attention_mask", "token_type_ids"):
        if name in expected:
            assert (
                torch.equal(torch.as_tensor(encoded[name]), torch.as_tensor(expected[name]))
                if "return_tensors" in options
                else encoded[name] == expected[name]
            )
    assert encoded.input_ids is encoded["input_ids"]
