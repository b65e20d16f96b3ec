"""A vocabulary of word pieces, learned from the texts at hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from selfattn_ref.validation import iterable, size, string

SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}


def train_wordpiece(texts: Iterable[str], vocab_size: int, max_len: int) -> PreTrainedTokenizerFast:
    """Learn the pieces of words that BERT reads: frequent words stay whole, rare ones are put together from pieces.

    Everything is lower case. [PAD] is token 0, and every text gets [CLS] before it and [SEP] behind it, as in Devlin et
    al. (2019), section 3. The same texts give the same tokens, which the trainers of tokenizers itself do not promise.

    Args:
        texts: what to learn from.
        vocab_size: largest number of tokens, the five special ones included; single letters are kept beyond it.
        max_len: longest text that the model to come can read, in tokens.

    Returns:
        A tokenizer of transformers; its ``save_pretrained`` writes what ``AutoTokenizer`` reads.

    Raises:
        TypeError: a text is not a string.
        ValueError: vocab_size or max_len is below 5.

    >>> tokenizer = train_wordpiece(["dull and dull", "gripping"], vocab_size=21, max_len=16)
    >>> tokenizer.tokenize("Dull, dug and gripping")
    ['dull', '[UNK]', 'd', '##u', '##g', 'a', '##n', '##d', 'g', '##r', '##ip', '##p', '##in', '##g']
    """
    texts = [string(f"texts[{place}]", text) for place, text in enumerate(iterable("texts", texts, "strings"))]
    vocab_size, max_len = (size(n, v, at_least=5) for n, v in (("vocab_size", vocab_size), ("max_len", max_len)))
    normalizer, splitter = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    counts = Counter(word for text in texts for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text)))
    special = list(SPECIAL.values())
    pieces = special + learn_pieces(counts, vocab_size - len(special))
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer, tokenizer.decoder = normalizer, splitter, decoders.WordPiece()
    around = [(name, pieces.index(name)) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=around)
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, model_max_length=max_len, **SPECIAL)


def learn_pieces(counts: Mapping[str, int], limit: int) -> list[str]:
    """Start from single letters, and join the most frequent pair of neighbors again and again.

    Args:
        counts: word → how often it occurs.
        limit: largest number of pieces; letters are kept beyond it.

    Returns:
        The letters in alphabetical order, then the joined pieces in the order of joining; of equally frequent pairs
        the first in the alphabet is joined. A piece that continues a word begins with ``##``.

    >>> learn_pieces({"an": 3, "and": 2}, limit=5)
    ['##d', '##n', 'a', 'an', 'and']
    """
    words = {word: [word[0], *(f"##{letter}" for letter in word[1:])] for word in counts}
    pieces = sorted({piece for split in words.values() for piece in split})
    while len(pieces) < limit:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, split in words.items():
            for pair in pairwise(split):
                pairs[pair] += counts[word]
        if not pairs:
            break
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        joined = best[0] + best[1].removeprefix("##")
        if joined not in pieces:
            pieces.append(joined)
        words = {word: _join(split, best, joined) for word, split in words.items()}
    return pieces


def _join(split: list[str], pair: tuple[str, str], joined: str) -> list[str]:
    out: list[str] = []
    for piece in split:
        if out and (out[-1], piece) == pair:
            out[-1] = joined
        else:
            out.append(piece)
    return out
