"""Attempts at `copy_weights`."""

import copy

import torch
from torch import nn

from tests.specimens.specimen import right, wrong

ID = "copy_weights"


@right(ID)
@torch.no_grad()
def one_line_for_each(mine, torch_mha):
    d = torch_mha.embed_dim
    mine.w_q.weight.copy_(torch_mha.in_proj_weight[:d])
    mine.w_k.weight.copy_(torch_mha.in_proj_weight[d : 2 * d])
    mine.w_v.weight.copy_(torch_mha.in_proj_weight[2 * d :])
    mine.w_o.weight.copy_(torch_mha.out_proj.weight)
    if torch_mha.in_proj_bias is None:
        for layer in (mine.w_q, mine.w_k, mine.w_v, mine.w_o):
            layer.bias.zero_()
    else:
        mine.w_q.bias.copy_(torch_mha.in_proj_bias[:d])
        mine.w_k.bias.copy_(torch_mha.in_proj_bias[d : 2 * d])
        mine.w_v.bias.copy_(torch_mha.in_proj_bias[2 * d :])
        mine.w_o.bias.copy_(torch_mha.out_proj.bias)


@right(ID)
def by_a_state_dict(mine, torch_mha):
    theirs, names = torch_mha.state_dict(), ("w_q", "w_k", "w_v")
    weights = theirs["in_proj_weight"].view(3, -1, theirs["in_proj_weight"].shape[1])
    biases = theirs.get("in_proj_bias", torch.zeros(3 * weights.shape[1])).view(3, -1)
    state = {f"{name}.weight": weight for name, weight in zip(names, weights, strict=True)}
    state |= {f"{name}.bias": bias for name, bias in zip(names, biases, strict=True)}
    state["w_o.weight"] = theirs["out_proj.weight"]
    state["w_o.bias"] = theirs.get("out_proj.bias", torch.zeros(weights.shape[1]))
    mine.load_state_dict(state)


@right(ID)
def data_and_slices(mine, torch_mha):
    d = mine.w_q.weight.size(0)
    for i, layer in enumerate([mine.w_q, mine.w_k, mine.w_v]):
        layer.weight.data[:] = torch_mha.in_proj_weight.data[i * d : (i + 1) * d]
        bias = torch_mha.in_proj_bias
        layer.bias.data[:] = 0 if bias is None else bias.data[i * d : (i + 1) * d]
    mine.w_o.weight.data[:] = torch_mha.out_proj.weight.data
    mine.w_o.bias.data[:] = 0 if torch_mha.out_proj.bias is None else torch_mha.out_proj.bias.data


@right(ID)
def new_parameters(mine, torch_mha):
    weights = [*torch_mha.in_proj_weight.chunk(3), torch_mha.out_proj.weight]
    if torch_mha.in_proj_bias is not None:
        biases = [*torch_mha.in_proj_bias.chunk(3), torch_mha.out_proj.bias]
    else:
        biases = [torch.zeros(len(weights[0]))] * 4
    for layer, weight, bias in zip([mine.w_q, mine.w_k, mine.w_v, mine.w_o], weights, biases, strict=True):
        dtype = layer.weight.dtype
        layer.weight = nn.Parameter(weight.detach().clone().to(dtype))
        layer.bias = nn.Parameter(bias.detach().clone().to(dtype))


@right(ID)
def looks_whether_both_agree(mine, torch_mha):
    one_line_for_each(mine, torch_mha)
    x = torch.ones(2, 3, torch_mha.embed_dim)
    mask = torch.ones(3, 3, dtype=torch.bool).tril()
    theirs = torch_mha(x.to(torch_mha.in_proj_weight), *2 * [x.to(torch_mha.in_proj_weight)], attn_mask=~mask)[0]
    for shaped in (mask, mask.expand(2, 3, 3)):
        found = mine(*3 * [x.to(mine.w_q.weight)], shaped)[0]
        assert torch.allclose(found.to(theirs.dtype), theirs, atol=1e-5)


def copier(
    cut=lambda packed: packed.chunk(3),
    write=lambda parameter, values: parameter.data.copy_(values),
    biases=True,
    out_bias=True,
    out=True,
    zero=True,
):
    """A copier in which one thing is otherwise."""

    def copy_weights(mine, torch_mha):
        layers = (mine.w_q, mine.w_k, mine.w_v)
        for layer, weight in zip(layers, cut(torch_mha.in_proj_weight), strict=True):
            write(layer.weight, weight)
        if out:
            write(mine.w_o.weight, torch_mha.out_proj.weight)
        if torch_mha.in_proj_bias is None:
            for layer in (*layers, mine.w_o) if zero else ():
                layer.bias.data.zero_()
            return
        if biases:
            for layer, bias in zip(layers, cut(torch_mha.in_proj_bias), strict=True):
                write(layer.bias, bias)
        if out_bias and out:
            write(mine.w_o.bias, torch_mha.out_proj.bias)

    return copy_weights


def named(name, codes, function):
    function.__name__ = name
    wrong(ID, *codes.split())(function)


def into_a_clone(parameter, values):
    parameter.detach().clone().copy_(values)


def backwards(parameter, values):
    values.data.copy_(parameter)


def rebinding(parameter, values):
    parameter = values.clone()  # noqa: F841 — the slip: a new name for another tensor


def sharing(parameter, values):
    parameter.data = values.data


named("values_first", "packed-order", copier(cut=lambda packed: packed.chunk(3)[::-1]))
named("keys_first", "packed-order", copier(cut=lambda packed: [packed.chunk(3)[i] for i in (1, 0, 2)]))
named("reshaped_the_other_way", "packed-order", copier(cut=lambda packed: packed.unflatten(0, (-1, 3)).unbind(1)))
named(
    "transposes",
    "weight-transposed",
    copier(write=lambda parameter, values: parameter.data.copy_(values.T if values.ndim == 2 else values)),
)
named("forgets_w_o", "missing-output-projection", copier(out=False))
named("weights_only", "ignores-bias", copier(biases=False, out_bias=False))
named("forgets_the_packed_bias", "ignores-bias", copier(biases=False))
named("forgets_the_last_bias", "ignores-bias", copier(out_bias=False))
named("keeps_biases_where_there_are_none", "ignores-bias", copier(zero=False))
named("shares_data", "shares-weights", copier(write=sharing))
named("writes_into_a_clone", "writes-to-a-copy", copier(write=into_a_clone))
named("gives_a_new_name", "writes-to-a-copy", copier(write=rebinding))
named("the_other_way_round", "copied-backwards", copier(write=backwards))
named("records_gradients", "copied-in-the-graph", copier(write=lambda parameter, values: parameter.copy_(values)))
named(
    "values_first_transposed",
    "packed-order weight-transposed",
    copier(
        cut=lambda packed: packed.chunk(3)[::-1],
        write=lambda parameter, values: parameter.data.copy_(values.T if values.ndim == 2 else values),
    ),
)


@wrong(ID, "shares-weights")
def parameters_of_the_slices(mine, torch_mha):
    weights, biases = torch_mha.in_proj_weight.chunk(3), 3 * [torch.zeros(mine.w_q.out_features)]
    if torch_mha.in_proj_bias is not None:
        biases = torch_mha.in_proj_bias.chunk(3)
    for layer, weight, bias in zip((mine.w_q, mine.w_k, mine.w_v), weights, biases, strict=True):
        layer.weight, layer.bias = nn.Parameter(weight), nn.Parameter(bias.to(weight.dtype))
    mine.w_o.weight = torch_mha.out_proj.weight
    last = torch_mha.out_proj.bias
    mine.w_o.bias = nn.Parameter(torch.zeros_like(biases[0]).to(weights[0].dtype)) if last is None else last


@wrong(ID, "requires-bias")
@torch.no_grad()
def chunks_the_bias(mine, torch_mha):
    weights, biases = torch_mha.in_proj_weight.chunk(3), torch_mha.in_proj_bias.chunk(3)
    for layer, weight, bias in zip((mine.w_q, mine.w_k, mine.w_v), weights, biases, strict=True):
        layer.weight.copy_(weight)
        layer.bias.copy_(bias)
    mine.w_o.load_state_dict(torch_mha.out_proj.state_dict())


@wrong(ID, "requires-bias")
@torch.no_grad()
def slices_the_bias(mine, torch_mha):
    d = torch_mha.embed_dim
    for place, layer in enumerate((mine.w_q, mine.w_k, mine.w_v)):
        rows = slice(place * d, (place + 1) * d)
        layer.weight.copy_(torch_mha.in_proj_weight[rows])
        layer.bias.copy_(torch_mha.in_proj_bias[rows])
    mine.w_o.weight.copy_(torch_mha.out_proj.weight)
    mine.w_o.bias.copy_(torch_mha.out_proj.bias)


@wrong(ID, "requires-bias")
@torch.no_grad()
def bias_of_the_last_layer(mine, torch_mha):
    packed = torch_mha.in_proj_bias
    for place, layer in enumerate((mine.w_q, mine.w_k, mine.w_v)):
        layer.weight.copy_(torch_mha.in_proj_weight.chunk(3)[place])
        layer.bias.copy_(torch.zeros_like(layer.bias) if packed is None else packed.chunk(3)[place])
    mine.w_o.weight.copy_(torch_mha.out_proj.weight)
    mine.w_o.bias.copy_(torch_mha.out_proj.bias)


@wrong(ID, "weight-transposed")
@torch.no_grad()
def transposes_the_packed_ones(mine, torch_mha):
    one_line_for_each(mine, torch_mha)
    for layer in (mine.w_q, mine.w_k, mine.w_v):
        layer.weight.copy_(layer.weight.T.clone())


@wrong(ID, "wrong-type")
def returns_mine(mine, torch_mha):
    one_line_for_each(mine, torch_mha)
    return mine


@wrong(ID, "wrong-afterwards")
def frozen(mine, torch_mha):
    one_line_for_each(mine, torch_mha)
    mine.requires_grad_(False)


@wrong(ID, "wrong-parameters")
def keeps_torchs_layer(mine, torch_mha):
    one_line_for_each(mine, torch_mha)
    mine.original = copy.deepcopy(torch_mha)


@wrong(ID, "not-written-yet")
def as_released(mine, torch_mha):
    raise NotImplementedError
