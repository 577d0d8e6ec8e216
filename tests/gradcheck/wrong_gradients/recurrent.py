"""Recurrent networks, written by hand through time."""

import numpy as np

from tinygrad_edu import gradcheck

from .case import Collection, sigmoid

table = Collection()


def plain(name, source, accept, wrong, steps=4, size=3, array=False):
    """A case of a plain recurrent network; `wrong` names the change in its backward pass."""

    def check(rng):
        xs, ys = rng.normal(size=(steps, 2)), rng.normal(size=(steps, 2))

        def loss(Wx, Wh, b, Wy):  # noqa: N803
            h, total = np.zeros(size), 0.0
            if array:
                hs = np.zeros((steps, size))
                for t in range(steps):
                    hs[t] = np.tanh(xs[t] @ Wx + (hs[t - 1] if t else h) @ Wh + b)
                return 0.5 * np.sum((hs @ Wy - ys) ** 2)
            for t in range(steps):
                h = np.tanh(xs[t] @ Wx + h @ Wh + b)
                total = total + 0.5 * np.sum((h @ Wy - ys[t]) ** 2)
            return total

        def gradient(Wx, Wh, b, Wy):  # noqa: N803
            hs = [np.zeros(size)]
            for t in range(steps):
                hs.append(np.tanh(xs[t] @ Wx + hs[-1] @ Wh + b))
            dx, dh, db, dy, after = 0 * Wx, 0 * Wh, 0 * b, 0 * Wy, np.zeros(size)
            for t in reversed(range(steps)):
                h, before = hs[t + 1], hs[t]
                e = h @ Wy - ys[t]
                d = e @ Wy.T + (0 if wrong == "no time" else after)
                slope = {
                    "1 - h": 1 - h,
                    "none": 1.0,
                    "before": 1 - before**2,
                    "mask": 1.0 * (h > 0),
                    "h": h,
                    "inverse": 1 / (1 - h**2),
                }
                d = d * slope.get(wrong, 1 - h**2)
                if wrong == "overwritten":
                    dx, dh, db, dy = np.outer(xs[t], d), np.outer(before, d), d, np.outer(h, e)
                else:
                    dx, dh, db = (
                        dx + np.outer(xs[t], d),
                        dh + np.outer(h if wrong == "h for before" else before, d),
                        db + d,
                    )
                    dy = dy + np.outer(before if wrong == "before for h" else h, e)
                after = d @ (Wh if wrong == "not turned" else Wh.T)
                if wrong == "one step" and t < steps - 1:
                    after = 0 * after
                if wrong == "last only":
                    after = 0 * after
            if wrong == "mean":
                dx, dh, db, dy = (g / steps for g in (dx, dh, db, dy))
            return dx, dh, db, dy

        values = (
            rng.normal(size=(2, size)),
            rng.normal(size=(size, size)),
            rng.normal(size=size),
            rng.normal(size=(size, 2)),
        )
        return gradcheck(loss, *values, gradient=gradient)

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


plain("nothing flows back through time", "CaptainE/RNN-LSTM-in-numpy#1 (dh_next)", "overwritten: time|step", "no time")
plain(
    "nothing flows back through time, states in an array",
    "d2l-ai/d2l-en#2616",
    "overwritten: time|step",
    "no time",
    array=True,
)
plain("only one step flows back", "rsokl/MyGrad#4", ("overwritten: time|step",), "one step", steps=3)
plain("every step overwrites the one before", "mratsim/Arraymancer#237", ("overwritten", "zero"), "overwritten")
plain("1 − h for 1 − h² at every step", "karpathy/nn-zero-to-hero#45 (recurrent)", "chain: 1 −", "1 - h")
plain("no tanh′ at any step", "nicodjimenez/lstm#41 (no derivative)", "chain: tanh", "none")
plain("1 / (1 − h²)", "oreilly-japan/deep-learning-from-scratch-2#26", "chain: 1 / |divide", "inverse")
plain("tanh′ of the step before", "NervanaSystems/neon#66", ("value", "chain"), "before")
plain(
    "a relu mask for tanh′ at every step",
    "OpenMined/UnityWorker#250 (recurrent)",
    ("chain: relu|> 0", "chain: tanh"),
    "mask",
)
plain("h[t] for h[t−1] in dWh", "d2l-ai/d2l-en#2616 (index)", "value", "h for before")
plain("h[t−1] for h[t] in dWy", "mbadry1/DeepLearning.ai-Summary#104", "value", "before for h")
plain("Wh not turned", "CMU 11-785 hw3, gorgonia/tensor#119", "transposed", "not turned")
plain("averaged over the steps", "pytorch/pytorch#635", "factor: 4", "mean")
for i, case in enumerate(table.cases):
    table.cases[i] = case._replace(source=case.source.partition(" (")[0].rpartition(", ")[2])


def gated(name, source, accept, wrong):
    """A case of an LSTM over three steps."""

    def check(rng):
        n, steps = 2, 3
        xs = rng.normal(size=(steps, n))

        def forward(W, b):  # noqa: N803
            h, c, kept = np.zeros(n), np.zeros(n), []
            for t in range(steps):
                z = np.concatenate([xs[t], h])
                i, f, o, g = (
                    sigmoid(z @ W[0] + b[0]),
                    sigmoid(z @ W[1] + b[1]),
                    sigmoid(z @ W[2] + b[2]),
                    np.tanh(z @ W[3] + b[3]),
                )
                before, c = c, f * c + i * g
                h = o * np.tanh(c)
                kept.append((z, i, f, o, g, before, c))
            return h, kept

        def loss(W, b):  # noqa: N803
            return np.sum(forward(W, b)[0] ** 2)

        def gradient(W, b):  # noqa: N803
            h, kept = forward(W, b)
            dW, db, dh, dc = np.zeros(W.shape), np.zeros(b.shape), 2 * h, np.zeros(n)  # noqa: N806
            for z, i, f, o, g, before, c in reversed(kept):
                through = dh * o * (1 - np.tanh(c) ** 2)
                if wrong == "cell at tanh":
                    through = dh * o * (1 - c**2)
                dc = through if wrong == "cell overwritten" else dc + through
                gates = [dc * g, dc * before, dh * np.tanh(c), dc * i]
                slopes = [i * (1 - i), f * (1 - f), o * (1 - o), 1 - g**2]
                if wrong == "forget gate":
                    slopes[1] = f
                if wrong == "candidate":
                    slopes[3] = g * (1 - g)
                if wrong == "candidate 1 - g":
                    slopes[3] = 1 - g
                if wrong == "new cell":
                    gates[1] = dc * c
                ds = [a * s for a, s in zip(gates, slopes)]
                for k, d in enumerate(ds):
                    dW[k] += np.outer(z, d)
                    db[k] += d
                dz = sum(d @ W[k].T for k, d in enumerate(ds) if not (wrong == "output gate" and k == 2))
                dh, dc = dz[n:], dc * (1 if wrong == "forget" else f)
                if wrong == "no time":
                    dh = 0 * dh
            return dW, db

        return gradcheck(loss, rng.normal(size=(4, 2 * n, n)), rng.normal(size=(4, n)), gradient=gradient)

    table(name, source, *([accept] if isinstance(accept, str) else accept))(check)


gated("LSTM: σ for σ′ in the forget gate", "CaptainE/RNN-LSTM-in-numpy#1", "chain: sigmoid", "forget gate")
gated("LSTM: the cell's gradient overwritten", "arunmallya/arunmallya.github.io#3", "overwritten", "cell overwritten")
gated(
    "LSTM: the candidate as a sigmoid", "DrBigMau/LSTM-from-Scratch-in-Python#1", "chain: · \\(1 −|sigmoid", "candidate"
)
gated("LSTM: 1 − c² for 1 − tanh(c)²", "nicodjimenez/lstm#41", "chain: 1 −|input", "cell at tanh")
gated(
    "LSTM: the forget gate not on the way back",
    "oreilly-japan/deep-learning-from-scratch-2#26",
    "chain: multiply|factor",
    "forget",
)
gated(
    "LSTM: the new cell state for the old one",
    "open-lm-engine/accelerated-model-architectures#249",
    "value",
    "new cell",
)
gated("LSTM: nothing to the hidden state before", "CaptainE/RNN-LSTM-in-numpy#1", "overwritten: time|step", "no time")
gated("LSTM: the output gate forgotten on the way to h", "madmom gates, CPJKU/madmom#167", "overwritten", "output gate")
table.cases[-1] = table.cases[-1]._replace(source="CPJKU/madmom#167")
