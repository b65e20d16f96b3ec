"""What attention costs, counted exactly."""

from __future__ import annotations

from selfattn_ref.heads import head_count
from selfattn_ref.validation import size


def attention_cost(seq_len: int, d_model: int, num_heads: int) -> dict[str, int]:
    """Count the parameters, the work and the weights of multi-head self-attention over one sequence.

    Four projections of d² parameters and n·d² multiply-adds each; scores and weighted sum of n²·d multiply-adds each,
    whatever the number of heads. Biases, the softmax and the scale are not counted.
    Vaswani et al. (2017), table 1, with the projections included.

    Args:
        seq_len: number of tokens n.
        d_model: width of the model d.
        num_heads: number of heads; divides d_model.

    Returns:
        "parameters": 4d²; "multiply_adds": 4nd² + 2n²d; "weight_elements": num_heads·n², all as Python integers.

    Raises:
        TypeError: an argument is not an integer.
        ValueError: an argument is below 1, or num_heads does not divide d_model.

    >>> attention_cost(seq_len=3, d_model=4, num_heads=2)
    {'parameters': 64, 'multiply_adds': 264, 'weight_elements': 18}
    """
    seq_len = size("seq_len", seq_len, at_least=1)
    d_model = size("d_model", d_model, at_least=1)
    num_heads = head_count(num_heads, d_model)
    return {
        "parameters": 4 * d_model**2,
        "multiply_adds": 4 * seq_len * d_model**2 + 2 * seq_len**2 * d_model,
        "weight_elements": num_heads * seq_len**2,
    }
