import numpy as np
import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from selfattn_ref import attention_maps, attention_rollout, bert_self_attention

BATCH = {
    "input_ids": torch.tensor([[2, 5, 7, 3, 0], [2, 9, 8, 6, 3]]),
    "attention_mask": torch.tensor([[1, 1, 1, 1, 0], [1, 1, 1, 1, 1]]),
}


def bert(attn_implementation="eager"):
    config = BertConfig(
        vocab_size=12, hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=16,
        max_position_embeddings=8, hidden_dropout_prob=0.5, attention_probs_dropout_prob=0.5,
        attn_implementation=attn_implementation,
    )  # fmt: skip
    return BertForSequenceClassification(config)


def test_attention_maps_hold_every_sequence_layer_and_head_in_order():
    model = bert()
    maps = attention_maps(model, BATCH)
    assert maps.shape == (2, 2, 3, 5, 5)
    with torch.no_grad():
        layers = model.eval()(**BATCH, output_attentions=True).attentions
    for sequence in range(2):
        for layer in range(2):
            np.testing.assert_allclose(maps[sequence, layer], layers[layer][sequence], atol=1e-6)


def test_attention_maps_first_layer_equals_numpy_on_the_embeddings():
    model = bert().eval()
    with torch.no_grad():
        hidden = model.bert.embeddings(BATCH["input_ids"]).numpy()
    state = {k: v.numpy() for k, v in model.bert.encoder.layer[0].attention.self.state_dict().items()}
    _, weights = bert_self_attention(hidden, state, 3, BATCH["attention_mask"].numpy())
    np.testing.assert_allclose(attention_maps(model, BATCH)[:, 0], weights, atol=1e-6)


def test_attention_maps_rows_are_shares_and_padding_gets_none():
    maps = attention_maps(bert(), BATCH)  # dropout of a half, were it left on, would spoil the sums
    np.testing.assert_allclose(maps.sum(axis=-1), 1.0, atol=1e-6)
    assert not maps[0, ..., 4].any()


def test_attention_maps_of_one_sequence_go_into_the_rollout():
    assert attention_rollout(attention_maps(bert(), BATCH)[0]).shape == (5, 5)


@pytest.mark.parametrize("train", [True, False])
def test_attention_maps_restore_the_mode_of_every_part(train):
    model = bert().train(train)
    model.dropout.eval()
    attention_maps(model, BATCH)
    assert (model.training, model.bert.training, model.dropout.training) == (train, train, False)


def test_attention_maps_do_without_labels():
    model = bert()
    with_labels = attention_maps(model, BATCH | {"labels": torch.tensor([99, 99])})  # no such class
    np.testing.assert_array_equal(with_labels, attention_maps(model, BATCH))


def test_attention_maps_other_implementation_says_what_is_needed():
    model = bert("sdpa")
    with pytest.raises(ValueError, match=r'attn_implementation="eager"\), got none'):
        attention_maps(model, BATCH)
    assert model.training
