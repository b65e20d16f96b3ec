import numpy as np
import pytest
import torch
from transformers import BertConfig
from transformers.models.bert.modeling_bert import BertSelfAttention

from selfattn_ref import bert_self_attention, convert_mask, multi_head_attention

BATCH, NUM_HEADS, N, D_MODEL = 2, 3, 7, 12
MASK = np.array([[1, 1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 1, 1]])


def layer_of(rng, dtype=torch.float64):
    """transformers' own layer with random weights; nothing is loaded."""
    config = BertConfig(hidden_size=D_MODEL, num_attention_heads=NUM_HEADS, attn_implementation="eager")
    layer = BertSelfAttention(config).to(dtype).eval()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(torch.tensor(rng.normal(size=parameter.shape)))
    return layer


def arrays(layer):
    return {name: tensor.numpy() for name, tensor in layer.state_dict().items()}


@pytest.mark.parametrize("mask", [MASK, np.ones((BATCH, N), int), MASK[:, ::-1]])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5)])
def test_bert_self_attention_equals_transformers(rng, mask, dtype, tolerance):
    layer, hidden = layer_of(rng, dtype), torch.tensor(rng.normal(size=(BATCH, N, D_MODEL)), dtype=dtype)
    added = torch.tensor(convert_mask(mask[:, None, None] == 1, "additive"), dtype=dtype)
    with torch.no_grad():
        expected = layer(hidden, attention_mask=added)
    output, weights = bert_self_attention(hidden.numpy(), arrays(layer), NUM_HEADS, mask)
    assert output.dtype == weights.dtype == hidden.numpy().dtype
    np.testing.assert_allclose(output, expected[0].numpy(), atol=tolerance, rtol=tolerance)
    np.testing.assert_allclose(weights, expected[1].numpy(), atol=tolerance, rtol=tolerance)


def test_bert_self_attention_padding_is_hidden_as_key_not_as_query(rng):
    hidden = rng.normal(size=(BATCH, N, D_MODEL))
    _, weights = bert_self_attention(hidden, arrays(layer_of(rng)), NUM_HEADS, MASK)
    assert not weights[0, ..., 4:].any()
    np.testing.assert_allclose(weights.sum(axis=-1), 1.0)


def test_bert_self_attention_nothing_but_padding_is_zero(rng):
    mask = MASK.copy()
    mask[0] = 0
    output, weights = bert_self_attention(rng.normal(size=(BATCH, N, D_MODEL)), arrays(layer_of(rng)), NUM_HEADS, mask)
    assert not output[0].any()
    assert not weights[0].any()
    assert output[1].all()


def test_bert_self_attention_is_multi_head_attention_without_the_last_projection(rng):
    state, hidden = arrays(layer_of(rng)), rng.normal(size=(BATCH, N, D_MODEL))
    params = {"w_o": np.eye(D_MODEL), "b_o": np.zeros(D_MODEL)}
    for role, name in (("q", "query"), ("k", "key"), ("v", "value")):
        params |= {f"w_{role}": state[f"{name}.weight"].T, f"b_{role}": state[f"{name}.bias"]}
    mine = bert_self_attention(hidden, state, NUM_HEADS, MASK)
    for left, right in zip(mine, multi_head_attention(hidden, params, NUM_HEADS, MASK[:, None] == 1), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-12)


def test_bert_self_attention_leaves_other_names_of_the_state_alone(rng):
    state, hidden = arrays(layer_of(rng)), rng.normal(size=(BATCH, N, D_MODEL))
    expected = bert_self_attention(hidden, state, NUM_HEADS, MASK)
    mine = bert_self_attention(hidden, state | {"distance_embedding.weight": None}, NUM_HEADS, MASK)
    np.testing.assert_array_equal(mine[0], expected[0])


@pytest.mark.parametrize("value", [None, torch.ones(12, 12), [[1.0]], np.ones((12, 12), int)])
def test_bert_self_attention_weight_of_another_kind_is_named(rng, value):
    state = arrays(layer_of(rng)) | {"key.weight": value}
    with pytest.raises(TypeError, match=r"state_dict\['key.weight'\] must be a NumPy array of floats, got "):
        bert_self_attention(rng.normal(size=(BATCH, N, D_MODEL)), state, NUM_HEADS, MASK)
