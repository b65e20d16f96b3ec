"""Attempts at `rnn_states`."""

import numpy as np
import torch

from tests.specimens.specimen import right, wrong

ID = "rnn_states"


@right(ID)
def append_and_stack(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return np.stack(rows)


@right(ID)
def inputs_at_once(x, w_x, w_h, b):
    states = x @ w_x + b
    states[0] = np.tanh(states[0])
    for t in range(1, len(x)):
        states[t] = np.tanh(states[t] + states[t - 1] @ w_h)
    return states


@right(ID)
def row_minus_one_is_still_zero(x, w_x, w_h, b):
    states = np.zeros((len(x), len(b)), dtype=x.dtype)
    for t in range(len(x)):
        states[t] = np.tanh(x[t] @ w_x + states[t - 1] @ w_h + b)
    return states


@right(ID)
def columns(x, w_x, w_h, b):
    h = np.zeros((len(b), 1), x.dtype)
    out = []
    for t in range(x.shape[0]):
        h = np.tanh(w_x.T @ x[t][:, None] + w_h.T @ h + b[:, None])
        out.append(h[:, 0])
    return np.array(out)


@right(ID)
def one_stacked_matrix(x, w_x, w_h, b):
    w = np.concatenate([w_x, w_h])
    h = np.zeros(len(b), x.dtype)
    states = np.empty((len(x), len(b)), x.dtype)
    for t in range(len(x)):
        h = np.tanh(np.concatenate([x[t], h]) @ w + b)
        states[t] = h
    return states


@right(ID)
def recursive(x, w_x, w_h, b):
    def after(t):
        if t < 0:
            return [], np.zeros_like(b)
        rows, h = after(t - 1)
        h = np.tanh(np.einsum("i,ij->j", x[t], w_x) + np.einsum("i,ij->j", h, w_h) + b)
        return [*rows, h], h

    return np.array(after(len(x) - 1)[0])


@right(ID)
def start_among_the_rows_then_cut(x, w_x, w_h, b):
    states = [np.zeros_like(b)]
    for token in x:
        states.append(np.tanh(token @ w_x + states[-1] @ w_h + b))
    return np.array(states[1:])


def run(x, step, start, dtype=None):
    h, rows = start, []
    for t in range(len(x)):
        h = step(t, h)
        rows.append(h)
    return np.array(rows, dtype=dtype)


@wrong(ID, "forgets-state")
def never_updates_h(x, w_x, w_h, b):
    h = np.zeros_like(b)
    states = np.zeros((len(x), len(b)), x.dtype)
    for t in range(len(x)):
        states[t] = np.tanh(x[t] @ w_x + h @ w_h + b)
    return states


@wrong(ID, "forgets-state")
def no_recurrence(x, w_x, w_h, b):
    return np.tanh(x @ w_x + b)


@wrong(ID, "weight-transposed")
def w_h_as_torch_stores_it(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + w_h @ h + b), np.zeros_like(b))


@wrong(ID, "weight-transposed")
def w_x_as_torch_stores_it(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(w_x @ x[t] + h @ w_h + b), np.zeros_like(b))


@wrong(ID, "elementwise-product")
def diagonal_memory(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h * np.diag(w_h) + b), np.zeros_like(b))


@wrong(ID, "swaps-weights")
def weights_swapped(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_h + h @ w_x + b), np.zeros_like(b))


@wrong(ID, "swaps-weights")
def one_weight_for_both(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh((x[t] + h) @ w_h + b), np.zeros_like(b))


@wrong(ID, "ignores-bias")
def without_bias(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h @ w_h), np.zeros_like(b))


@wrong(ID, "previous-token")
def token_before(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t - 1] @ w_x + h @ w_h + b), np.zeros_like(b))


@wrong(ID, "previous-token")
def shifted_right(x, w_x, w_h, b):
    late = np.concatenate([np.zeros_like(x[:1]), x[:-1]])
    return run(x, lambda t, h: np.tanh(late[t] @ w_x + h @ w_h + b), np.zeros_like(b))


@wrong(ID, "reads-one-token")
def index_zero(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[0] @ w_x + h @ w_h + b), np.zeros_like(b))


@wrong(ID, "reversed-in-time")
def backward_reader(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x[::-1]:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return np.stack(rows)


@wrong(ID, "reversed-in-time")
def inserts_at_the_front(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.insert(0, h)
    return np.stack(rows)


@wrong(ID, "missing-tanh")
def linear(x, w_x, w_h, b):
    return run(x, lambda t, h: x[t] @ w_x + h @ w_h + b, np.zeros_like(b))


@wrong(ID, "missing-tanh", "ignores-bias")
def linear_without_bias(x, w_x, w_h, b):
    return run(x, lambda t, h: x[t] @ w_x + h @ w_h, np.zeros_like(b))


@wrong(ID, "another-activation")
def sigmoid(x, w_x, w_h, b):
    return run(x, lambda t, h: 1 / (1 + np.exp(-(x[t] @ w_x + h @ w_h + b))), np.zeros_like(b))


@wrong(ID, "another-activation")
def relu(x, w_x, w_h, b):
    return run(x, lambda t, h: np.maximum(0, x[t] @ w_x + h @ w_h + b), np.zeros_like(b))


@wrong(ID, "carries-sum-before-tanh")
def tanh_at_the_end(x, w_x, w_h, b):
    return np.tanh(run(x, lambda t, h: x[t] @ w_x + h @ w_h + b, np.zeros_like(b)))


@wrong(ID, "bias-outside-tanh")
def bias_last(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h @ w_h) + b, np.zeros_like(b))


@wrong(ID, "tanh-twice")
def tanh_of_the_states_too(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        h = np.tanh(np.tanh(token @ w_x + h @ w_h + b))
        rows.append(h)
    return np.stack(rows)


@wrong(ID, "wrong-start")
def from_ones(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h @ w_h + b), np.ones_like(b))


@wrong(ID, "wrong-start")
def from_the_bias(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h @ w_h + b), b)


@wrong(ID, "wrong-start", "ignores-bias")
def from_ones_without_bias(x, w_x, w_h, b):
    return run(x, lambda t, h: np.tanh(x[t] @ w_x + h @ w_h), np.ones_like(b))


@wrong(ID, "states-shifted")
def stores_before_the_step(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        rows.append(h)
        h = np.tanh(token @ w_x + h @ w_h + b)
    return np.stack(rows)


@wrong(ID, "states-shifted")
def keeps_the_start(x, w_x, w_h, b):
    states = [np.zeros_like(b)]
    for token in x:
        states.append(np.tanh(token @ w_x + states[-1] @ w_h + b))
    return np.array(states)


@wrong(ID, "states-shifted", "ignores-bias")
def keeps_the_start_and_forgets_the_bias(x, w_x, w_h, b):
    states = [np.zeros_like(b)]
    for token in x:
        states.append(np.tanh(token @ w_x + states[-1] @ w_h))
    return np.array(states)


@wrong(ID, "last-state-only")
def final_state(x, w_x, w_h, b):
    h = np.zeros_like(b)
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
    return h


@wrong(ID, "last-state-only")
def one_array_many_times(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        h[:] = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return np.array(rows)


@wrong(ID, "states-as-columns")
def column_stack(x, w_x, w_h, b):
    h, columns = np.zeros_like(b), []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        columns.append(h)
    return np.stack(columns, axis=1)


@wrong(ID, "dtype-promoted")
def zeros_are_wide(x, w_x, w_h, b):
    h, rows = np.zeros(len(b)), []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return np.stack(rows)


@wrong(ID, "forgets-state", "dtype-promoted")
def wide_and_forgetful(x, w_x, w_h, b):
    states = np.zeros((len(x), len(b)))
    for t in range(len(x)):
        states[t] = np.tanh(x[t] @ w_x + b)
    return states


@wrong(ID, "mutates-input")
def writes_into_the_bias(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        b += token @ w_x
        h = np.tanh(b + h @ w_h)
        rows.append(h)
    return np.stack(rows)


@wrong(ID, "wrong-type")
def list_of_rows(x, w_x, w_h, b):
    h, rows = np.zeros_like(b), []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return rows


@wrong(ID, "raises")
def stacks_nothing(x, w_x, w_h, b):
    return np.stack([])


@wrong(ID, "ready-made")
def from_torch(x, w_x, w_h, b):
    rnn = torch.nn.RNN(x.shape[1], len(b), dtype=torch.from_numpy(b.copy()).dtype)
    return rnn(torch.from_numpy(x.copy()))[0].detach().numpy()


@wrong(ID, "not-written-yet")
def as_released(x, w_x, w_h, b):
    raise NotImplementedError()


@wrong(ID, "wrong-start")
def starts_with_a_number(x, w_x, w_h, b):
    h, rows = 0, []
    for token in x:
        h = np.tanh(token @ w_x + h @ w_h + b)
        rows.append(h)
    return np.array(rows)


@wrong(ID, "skips-first-token")
def loop_from_one(x, w_x, w_h, b):
    states = np.zeros((len(x), len(b)), x.dtype)
    for t in range(1, len(x)):
        states[t] = np.tanh(x[t] @ w_x + states[t - 1] @ w_h + b)
    return states
