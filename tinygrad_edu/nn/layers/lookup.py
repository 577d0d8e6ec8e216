"""Layers that number words and whole numbers by a vocabulary, and cut texts into words.

They take texts, which no Tensor holds, so they stand before a model: what they give is what it learns from.
"""

import re
from collections import Counter
from itertools import islice
from typing import Any

import numpy as np

from ...common.checks import is_whole, whole
from ...engine.op import constant
from ...engine.tensor import Tensor
from .preprocessing import MODES, _encoded, _Preparing
from .shared import _one_of

_PUNCTUATION = re.compile(r"""[!"#$%&()*+,\-./:;<=>?@\[\\\]^_`{|}~']""")


def _dense(owner, name, value):
    """False, which `sparse` and `ragged` have to be."""
    if value:
        raise ValueError(f"{owner} gives dense arrays alone: expected {name}=False; received {value!r}.")
    return False


class _Lookup(_Preparing):
    """Numbers by a vocabulary: first the mask token, then what is not in it, then its words in their order."""

    autocast = False

    def _set_lookup(
        self, max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode,
        pad_to_max_tokens,
    ):  # fmt: skip
        kind = type(self).__name__
        self.max_tokens = None if max_tokens is None else whole("max_tokens", max_tokens, least=2, owner=kind)
        self.num_oov_indices = whole("num_oov_indices", num_oov_indices, least=0, owner=kind)
        self.mask_token, self.oov_token, self.invert = mask_token, oov_token, invert
        mode = {"binary": "multi_hot", "tf-idf": "tf_idf"}.get(output_mode, output_mode)
        self.output_mode = _one_of(kind, "output_mode", mode, (*MODES, "tf_idf"))
        self.pad_to_max_tokens = pad_to_max_tokens
        self.idf_weights = None
        self._terms, self._given = [], vocabulary is not None
        if invert and self.output_mode != "int":
            raise ValueError(f"{kind} expects output_mode='int' where invert is True; received {output_mode!r}.")
        if pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"{kind} expects max_tokens where pad_to_max_tokens is True.")
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)

    @property
    def vocabulary(self):
        """The words, without the special tokens; None where there are none yet."""
        return self._terms or None

    def _arguments(self):
        found = super()._arguments()
        weights = None if self.idf_weights is None else self.idf_weights[self._first() :].tolist()
        return found | {"vocabulary": self.vocabulary and list(self.vocabulary), "idf_weights": weights}

    @classmethod
    def from_config(cls, config):
        return super().from_config({name: value for name, value in config.items() if name != "vocabulary_size"})

    def _special(self):
        masks = [self.mask_token] * (self.mask_token is not None and self.output_mode == "int")
        return [*masks, *[self.oov_token] * self.num_oov_indices]

    def _first(self):
        """The number of the first word."""
        return len(self._special())

    def get_vocabulary(self, include_special_tokens=True):
        """The words in the order of their numbers.

        Args:
            include_special_tokens: whether the mask token and those for unknown words are among them.
        """
        return [*(self._special() if include_special_tokens else ()), *self._terms]

    def vocabulary_size(self):
        """How many words there are, the special tokens included."""
        return self._first() + len(self._terms)

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Take the words, in the order of their numbers.

        Args:
            vocabulary: a list or an array of them, with the special tokens in front or without.
            idf_weights: for "tf_idf" the weight of each.

        Raises:
            ValueError: none, one of them twice or too many; weights where they do not belong, or are missing.
        """
        if isinstance(vocabulary, str):
            raise ValueError("The vocabulary is a list of words; of a file, pass Path(file).read_text().splitlines().")
        terms, special = [self._term(x) for x in np.asarray(vocabulary).tolist()], self._special()
        with_special = bool(special) and terms[: len(special)] == special
        words = terms[len(special) :] if with_special else terms
        twice = [word for word, count in Counter(words).items() if count > 1]
        if not terms or twice or (self.mask_token is not None and self.mask_token in words):
            raise ValueError(
                f"{self._label()} expects words that differ, the special tokens {special} in front or not at all; "
                f"received {twice or terms[:5]}."
            )
        if self.max_tokens is not None and len(special) + len(words) > self.max_tokens:
            raise ValueError(f"{self._label()} has max_tokens={self.max_tokens}; received {len(words)} words.")
        if (idf_weights is None) == (self.output_mode == "tf_idf"):
            raise ValueError(f"{self._label()} expects idf_weights with output_mode='tf_idf', and only then.")
        if idf_weights is not None:
            weights = np.asarray(idf_weights, float)
            if weights.shape != (len(terms),):
                raise ValueError(f"{self._label()} expects a weight for each of {len(terms)} words.")
            self.idf_weights = weights if with_special else np.r_[[weights.mean()] * len(special), weights]
        self._terms = words

    def adapt(self, data, steps=None):
        """Take the words from the data: the most frequent first, of equal ones the last in the alphabet.

        Args:
            data: an array or a list, a row a document; or batches of them.
            steps: how many batches; all by default.
        """
        batches = [data] if isinstance(data, (list, tuple, np.ndarray, Tensor)) else data
        self._learn([row for batch in islice(batches, steps) for row in self._rows(batch)])

    def _learn(self, documents):
        """Take the words, and their weights, from documents, each a list of words."""
        if self._given:
            raise ValueError(f"{self._label()} was made with its vocabulary: there is nothing to adapt.")
        counts = Counter(word for document in documents for word in document)
        for token in (self.mask_token, self.oov_token):
            counts.pop(token, None)
        room = None if self.max_tokens is None else self.max_tokens - self._first()
        self._terms = sorted(counts, key=lambda word: (counts[word], word), reverse=True)[:room]
        if self.output_mode == "tf_idf":  # of what is not known, the mean
            having = Counter(word for document in documents for word in set(document))
            weights = np.log(1 + len(documents) / (1 + np.array([having[word] for word in self._terms])))
            self.idf_weights = np.r_[[weights.mean()] * self._first(), weights]

    def _rows(self, data):
        """The documents: the rows of the data, the values of a vector one by one."""
        array = np.asarray(data)
        array = array[:, None] if array.ndim == 1 else array.reshape((len(array), -1))
        return [[self._term(x) for x in row] for row in array.tolist()]

    def _numbers(self, array):
        """The number of each entry of an array; −1 where it is not known and has no number."""
        first = self._first()
        known = {word: first + i for i, word in enumerate(self._terms)}
        masked = 0 if self.output_mode == "int" else -1
        known |= {} if self.mask_token is None else {self.mask_token: masked}
        numbers = [known.get(self._term(x)) for x in array.ravel().tolist()]
        if None in numbers:
            unknown = self._unknown()
            numbers = [unknown(self._term(x)) if n is None else n for x, n in zip(array.ravel().tolist(), numbers)]
        return np.array(numbers, np.int64).reshape(array.shape)

    def _unknown(self):
        """The function that numbers a word that is not known."""
        start = self._first() - self.num_oov_indices
        if self.num_oov_indices > 1:
            return lambda word: start + self._bucket(word)

        def one(word):
            if not self.num_oov_indices:
                raise ValueError(f"{self._label()} does not know {word!r}, and has num_oov_indices=0.")
            return start

        return one

    def __call__(self, inputs, **_):
        if not self._terms:
            raise ValueError(
                f"{self._label()} has no vocabulary yet: call adapt(data) or set_vocabulary(words) before."
            )
        array = inputs.numpy() if isinstance(inputs, Tensor) else np.asarray(inputs)
        return self._words(array) if self.invert else constant(self._vectors(self._numbers(array)))

    call = __call__

    def _words(self, numbers):
        terms = np.array(self.get_vocabulary())
        inside = (numbers >= 0) & (numbers < len(terms))
        found = np.where(inside, terms[np.where(inside, numbers, 0).astype(int)], self.oov_token)
        return found if found.dtype.kind == "U" else constant(found)

    def _vectors(self, numbers):
        if self.output_mode == "int":
            return numbers
        depth = self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()
        mode = "count" if self.output_mode == "tf_idf" else self.output_mode
        found = _encoded(numbers, mode, depth, self.dtype if self.output_mode == "tf_idf" else "int64")
        if self.output_mode == "tf_idf":
            found = found * np.pad(self.idf_weights, (0, depth - len(self.idf_weights))).astype(self.dtype)
        return found

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return tuple(input_shape)
        depth = self.max_tokens if self.pad_to_max_tokens else self.vocabulary_size()
        before = (
            tuple(input_shape) if self.output_mode == "one_hot" and input_shape[-1] != 1 else tuple(input_shape[:-1])
        )
        return *before, depth


class StringLookup(_Lookup):
    """Words as numbers by a vocabulary, or numbers as words.

    0 stands for the mask token, where there is one; then come the numbers for words that are not known, then the
    words of the vocabulary.

    Args:
        max_tokens: the greatest size of the vocabulary that `adapt` makes, special tokens included.
        num_oov_indices: how many numbers there are for words that are not known: 0 refuses them, 1 is one for all.
        mask_token: a word that stands for nothing.
        oov_token: the word that `invert` gives for what is not known.
        vocabulary: the words; else `adapt` takes them from data.
        idf_weights: for "tf_idf" the weight of each word.
        invert: numbers to words.
        output_mode: "int", or vectors: "one_hot", "multi_hot", "count", or "tf_idf", counts times weights.
        pad_to_max_tokens: vectors of max_tokens entries, however many words there are.
        sparse, encoding: accepted for Keras's sake; all arrays are dense.

    Raises:
        ValueError: arguments that exclude each other, words that are given twice, an unknown word with
            num_oov_indices=0, a call without vocabulary.

    Example:
        >>> layer = StringLookup(vocabulary=["a", "b", "c"])
        >>> layer([["a", "c"], ["z", "b"]])
        Tensor([[1, 3],
                [0, 2]])
        >>> StringLookup(vocabulary=["a", "b", "c"], invert=True)([1, 3, 0]).tolist()
        ['a', 'c', '[UNK]']
    """

    unsupported_arguments = {"salt": None, "oov_method": "floormod"}

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: str | None = None,
        oov_token: str = "[UNK]",
        vocabulary: Any = None,
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        pad_to_max_tokens: bool = False,
        sparse: bool = False,
        encoding: str = "utf-8",
        **options: Any,
    ):
        super().__init__(**options)
        self.sparse, self.encoding = _dense("StringLookup", "sparse", sparse), encoding
        if num_oov_indices > 1:
            raise ValueError(
                "StringLookup offers num_oov_indices 0 and 1: words that are not known are not hashed here."
            )
        self._set_lookup(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode,
            pad_to_max_tokens,
        )  # fmt: skip

    def _term(self, x):
        return x.decode(self.encoding) if isinstance(x, bytes) else x if isinstance(x, str) else str(x)


class IntegerLookup(_Lookup):
    """Whole numbers as the numbers of a vocabulary, or back: see `StringLookup`.

    Args:
        max_tokens: the greatest size of the vocabulary that `adapt` makes, special tokens included.
        num_oov_indices: how many numbers there are for what is not known, chosen by x % num_oov_indices; 0 refuses it.
        mask_token: a number that stands for nothing.
        oov_token: the number that `invert` gives for what is not known.
        vocabulary: the numbers that are known; else `adapt` takes them from data.
        vocabulary_dtype: "int64".
        idf_weights: for "tf_idf" the weight of each.
        invert: back again.
        output_mode: "int", or vectors: "one_hot", "multi_hot", "count", or "tf_idf", counts times weights.
        sparse: accepted for Keras's sake; all arrays are dense.
        pad_to_max_tokens: vectors of max_tokens entries, however many are known.

    Raises:
        ValueError: as for StringLookup.

    Example:
        >>> layer = IntegerLookup(vocabulary=[12, 36, 1138, 42])
        >>> layer([[12, 1138, 42], [42, 1000, 36]])
        Tensor([[1, 3, 4],
                [4, 0, 2]])
    """

    unsupported_arguments = {"salt": None, "oov_method": "floormod"}

    def __init__(
        self,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        mask_token: int | None = None,
        oov_token: int = -1,
        vocabulary: Any = None,
        vocabulary_dtype: str = "int64",
        idf_weights: Any = None,
        invert: bool = False,
        output_mode: str = "int",
        sparse: bool = False,
        pad_to_max_tokens: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        self.sparse = _dense("IntegerLookup", "sparse", sparse)
        self.vocabulary_dtype = _one_of("IntegerLookup", "vocabulary_dtype", vocabulary_dtype, ("int64",))
        self._set_lookup(
            max_tokens, num_oov_indices, mask_token, oov_token, vocabulary, idf_weights, invert, output_mode,
            pad_to_max_tokens,
        )  # fmt: skip

    def _term(self, x):
        return int(x)

    def _bucket(self, x):
        return x % self.num_oov_indices


class TextVectorization(_Preparing):
    """Texts as rows of numbers: in small letters, without punctuation, cut into words, each its number.

    0 fills rows up, 1 stands for words that are not in the vocabulary.

    Args:
        max_tokens: the greatest size of the vocabulary that `adapt` makes, special tokens included.
        standardize: "lower_and_strip_punctuation", "lower", "strip_punctuation", None, or a function of an array of
            texts.
        split: "whitespace", "character", None, or a function that gives the words of each text.
        ngrams: words that stand together count as well: up to so many, or in groups of these lengths.
        output_mode: "int", or vectors: "multi_hot", "count", or "tf_idf".
        output_sequence_length: the length of rows of numbers; that of the longest text by default.
        pad_to_max_tokens: vectors of max_tokens entries, however many words there are.
        vocabulary: the words; else `adapt` takes them from texts.
        idf_weights: for "tf_idf" the weight of each word.
        sparse, ragged, encoding: accepted for Keras's sake; all arrays are dense.

    Raises:
        ValueError: an argument is another one; a call without vocabulary.

    Example:
        >>> layer = TextVectorization(output_sequence_length=4)
        >>> layer.adapt(["foo bar", "bar baz", "baz bada boom"])
        >>> layer([["foo qux bar!"], ["qux Baz"]])
        Tensor([[4, 1, 3, 0],
                [1, 2, 0, 0]])
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: Any = "lower_and_strip_punctuation",
        split: Any = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        sparse: bool = False,
        ragged: bool = False,
        encoding: str = "utf-8",
        **options: Any,
    ):
        super().__init__(**options)
        self.sparse, self.ragged = (
            _dense("TextVectorization", name, value) for name, value in (("sparse", sparse), ("ragged", ragged))
        )
        kinds = (None, "lower_and_strip_punctuation", "lower", "strip_punctuation")
        kind = "TextVectorization"
        self.standardize = standardize if callable(standardize) else _one_of(kind, "standardize", standardize, kinds)
        self.split = split if callable(split) else _one_of(kind, "split", split, (None, "whitespace", "character"))
        self.ngrams = tuple(ngrams) if isinstance(ngrams, (list, tuple)) else ngrams
        self.output_sequence_length = output_sequence_length
        self._lookup = StringLookup(
            max_tokens, 1, "", "[UNK]", vocabulary, idf_weights, False, output_mode, pad_to_max_tokens, False, encoding
        )
        if not (output_sequence_length is None or (output_mode == "int" and is_whole(output_sequence_length))):
            raise ValueError(
                f"{kind} expects output_sequence_length as a positive whole number with output_mode='int', or None; "
                f"received {output_sequence_length!r}."
            )

    max_tokens = property(lambda self: self._lookup.max_tokens)
    output_mode = property(lambda self: self._lookup.output_mode)
    pad_to_max_tokens = property(lambda self: self._lookup.pad_to_max_tokens)
    vocabulary = property(lambda self: self._lookup.vocabulary)
    idf_weights = property(lambda self: self._lookup.get_config()["idf_weights"])
    encoding = property(lambda self: self._lookup.encoding)

    @classmethod
    def from_config(cls, config):
        return super().from_config({name: value for name, value in config.items() if name != "vocabulary_size"})

    def get_vocabulary(self, include_special_tokens=True):
        """The words in the order of their numbers: "", "[UNK]", and those of the vocabulary."""
        return self._lookup.get_vocabulary(include_special_tokens)

    def vocabulary_size(self):
        """How many words there are, the special tokens included."""
        return self._lookup.vocabulary_size()

    def set_vocabulary(self, vocabulary, idf_weights=None):
        """Take the words, in the order of their numbers: see `StringLookup.set_vocabulary`."""
        self._lookup.set_vocabulary(vocabulary, idf_weights)

    def adapt(self, data, batch_size=None, steps=None):
        """Take the words from texts: the most frequent first, of equal ones the last in the alphabet.

        Args:
            data: a list or an array of texts, or batches of them.
            batch_size: accepted for Keras's sake.
            steps: how many batches; all by default.
        """
        batches = [data] if isinstance(data, (list, tuple, np.ndarray)) else data
        self._lookup._learn([words for texts in islice(batches, steps) for words in self._cut(texts)])

    def _cut(self, texts):
        """The words of each text."""
        texts = np.asarray(texts)
        if texts.ndim > 1 and texts.shape[-1] != 1 and self.split is not None:
            raise ValueError(f"{self._label()} expects texts, shape (batch,) or (batch, 1); received {texts.shape}.")
        texts = texts.reshape(-1) if self.split is not None else texts
        if callable(self.standardize):
            texts = np.asarray(self.standardize(texts))
        words = [self._words(text) for text in texts.tolist()]
        return words if self.ngrams is None else [self._joined(row) for row in words]

    def _words(self, text):
        if not isinstance(text, str):
            text = text.decode(self.encoding) if isinstance(text, bytes) else text
        if self.split is None:
            return [self._plain(word) for word in (text if isinstance(text, list) else [text])]
        text = self._plain(text)
        if callable(self.split):
            return list(self.split(text))
        return list(text) if self.split == "character" else text.split()

    def _plain(self, text):
        if self.standardize in ("lower", "lower_and_strip_punctuation"):
            text = text.lower()
        if self.standardize in ("strip_punctuation", "lower_and_strip_punctuation"):
            text = _PUNCTUATION.sub("", text)
        return text

    def _joined(self, words):
        lengths = self.ngrams if isinstance(self.ngrams, tuple) else range(1, self.ngrams + 1)
        return [" ".join(words[i : i + n]) for n in lengths for i in range(len(words) - n + 1)]

    def __call__(self, inputs, **_):
        alone = np.ndim(inputs) == 0
        rows = self._cut([inputs] if alone else inputs)
        lookup = self._lookup
        if lookup.output_mode == "int":
            length = self.output_sequence_length or max([len(row) for row in rows], default=0)
            rows = [(row + [""] * length)[:length] for row in rows]
            found = lookup(np.array(rows, dtype=object).reshape(len(rows), length))
        else:
            found = np.concatenate([lookup(np.array([row or [""]], dtype=object)) for row in rows])
        return found[0] if alone else found

    call = __call__

    def compute_output_shape(self, input_shape):
        if self.output_mode == "int":
            return input_shape[0], self.output_sequence_length
        return self._lookup.compute_output_shape((input_shape[0], None))
