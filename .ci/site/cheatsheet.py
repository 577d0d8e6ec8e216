"""The cheat sheet: one page of what a student types, in English and Spanish, as HTML, PDF and a page of the site.

Lists of names and the derivatives come from the package, so that they are those that are there; a test runs the code.
The PDF is drawn by matplotlib, that makes the pictures too: no browser, no TeX, the same page on every machine.

    python .ci/site/cheatsheet.py [FOLDER]      writes cheatsheet.html, cheatsheet.pdf, and both as cheatsheet.es.…
"""

import sys
import textwrap
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import tinygrad_edu as tg  # noqa: E402
from tinygrad_edu.engine.derivatives import derivatives  # noqa: E402
from tinygrad_edu.keras import activations, callbacks, losses, metrics, optimizers  # noqa: E402
from tinygrad_edu.nn import layers  # noqa: E402

TITLES = {"en": "tinygrad_edu on one page", "es": "tinygrad_edu en una página"}
BEFORE = "import numpy as np\nimport tinygrad_edu as tg\nfrom tinygrad_edu import keras"
OPS = ("add", "multiply", "divide", "exp", "log", "tanh", "sigmoid", "relu", "sqrt", "maximum")
COLUMNS, ROWS, CODE, WIDTH = 2, 58, 74, 84  # of the PDF; CODE and WIDTH are letters a line, of code and of words

# Title and (code, what it does) in both languages; the code runs from top to bottom.
CODE_SECTIONS = [
    (
        {"en": "Gradients", "es": "Gradientes"},
        [
            ('w = tg.Tensor([1.0, 2.0], requires_grad=True, name="w")', "a leaf", "una hoja"),
            ("loss = np.sum(w**2) / 2", "NumPy builds the graph", "NumPy construye el grafo"),
            ("loss.backward()", "adds to w.grad", "suma en w.grad"),
            ("w.data -= 0.1 * w.grad", "a step of descent", "un paso de descenso"),
            ("w.grad = None", "before the next one", "antes del siguiente"),
            ("print(tg.grad(lambda x: x**2 / 6)(3.0))", "functions in and out", "de funciones a funciones"),
            ("print(tg.ops.multiply.op)", "the rule of an op", "la regla de una operación"),
            ("print(tg.gradcheck(lambda w: np.sum(w**2), [1.0]))", "right or wrong", "¿está bien?"),
        ],
    ),
    (
        {"en": "A network", "es": "Una red"},
        [
            ("data = keras.datasets.breast_cancer.load_data()", "or your own", "o los tuyos"),
            ("(x, y), (x_test, y_test) = data", "rows are samples", "las filas son muestras"),
            ("scale = keras.layers.Normalization()", "columns alike", "columnas parecidas"),
            ("scale.adapt(x)", "training data only", "solo los de entrenamiento"),
            ('hidden = keras.layers.Dense(16, activation="relu")', "a hidden layer", "una capa oculta"),
            ('out = keras.layers.Dense(1, activation="sigmoid")', "a probability", "una probabilidad"),
            ("model = keras.Sequential([keras.Input((30,)), scale, hidden, out])", "build", "construir"),
            ('model.compile("adam", "binary_crossentropy", metrics=["accuracy"])', "compile", "compilar"),
            ("history = model.fit(x, y, epochs=5, validation_split=0.2)", "train", "entrenar"),
            ("model.evaluate(x_test, y_test)", "on data it has not seen", "con datos que no ha visto"),
            ("model.predict(x_test[:5])", "probabilities", "probabilidades"),
            ("print(model.training_program)", "the step as NumPy", "el paso en NumPy"),
        ],
    ),
    (
        {"en": "Pictures and diagnoses", "es": "Imágenes y diagnósticos"},
        [
            ('tg.viz.draw(loss).save("graph.svg")', "values and gradients", "valores y gradientes"),
            ('tg.viz.film(loss).save("film.html")', "step by step", "paso a paso"),
            ('tg.viz.plot_history(history).savefig("loss.png")', "the curves", "las curvas"),
            ('tg.viz.report(model, history, "report.html", x, y)', "to hand in", "para entregar"),
            ("print(tg.diagnose(model, x, y, epochs=5))", "why does it not learn?", "¿por qué no aprende?"),
            ('tg.language("es")', "all of it in Spanish", "todo en español"),
        ],
    ),
]
COMMANDS = [
    ("tinygrad-edu demo", "train, and draw", "entrenar y dibujar"),
    ("tinygrad-edu exercises list", "the exercises", "los ejercicios"),
    ("tinygrad-edu exercises start NAME", "begin one", "empezar uno"),
    ("tinygrad-edu exercises check NAME", "what is wrong", "qué está mal"),
    ("tinygrad-edu doctor script.py", "why it does not learn", "por qué no aprende"),
]
LISTS = [
    ({"en": "Layers", "es": "Capas"}, layers),
    ({"en": "Activations", "es": "Funciones de activación"}, activations),
    ({"en": "Losses", "es": "Funciones de pérdida"}, losses),
    ({"en": "Optimizers", "es": "Optimizadores"}, optimizers),
    ({"en": "Metrics", "es": "Métricas"}, metrics),
    ({"en": "Callbacks", "es": "Callbacks"}, callbacks),
]
DERIVATIVES = {"en": "Derivatives (g: the incoming gradient)", "es": "Derivadas (g: el gradiente que llega)"}
FOLDER = "sheet"  # of the site, beside the page: where the files are that are printed
COMMAND_LINE = {"en": "In the terminal", "es": "En el terminal"}
_MOST = 70  # names of a list


def names_of(module):
    """The names that a module offers; where they are classes, those alone."""
    found = [name for name in getattr(module, "__all__", dir(module)) if not name.startswith("_")]
    classes = [name for name in found if isinstance(getattr(module, name), type)]
    functions = [name for name in found if callable(getattr(module, name)) and name.islower()]
    leave = {"serialize", "deserialize", "get", "annotations"}
    chosen = classes if len(classes) > 3 else [name for name in functions if name not in leave]
    return [*chosen[:_MOST], *["…"] * (len(chosen) > _MOST)]


def sections(language):
    """(title, lines) of the page; a line is (code, what it does), the second empty where there is no more to say."""
    place = ("en", "es").index(language)
    found = [(title[language], [(code, says[place]) for code, *says in lines]) for title, lines in CODE_SECTIONS]
    rules = {name: derivatives(getattr(tg.ops, name).op) for name in OPS}
    rows = [(f"{name}: " + ",  ".join(f"∂{a}: {text}" for a, text in rule.items()), "") for name, rule in rules.items()]
    found += [(DERIVATIVES[language], rows)]
    found += [(COMMAND_LINE[language], [(code, says[place]) for code, *says in COMMANDS])]
    return found + [(title[language], [("", ", ".join(names_of(module)))]) for title, module in LISTS]


def code():
    """The code of the page, as it would be typed."""
    return "\n".join([BEFORE, *[line for _, lines in CODE_SECTIONS for line, *_ in lines]])


def as_markdown(language):
    """The page of the site."""
    end = "" if language == "en" else ".es"
    parts = [f"# {TITLES[language]}", f"[PDF]({FOLDER}/cheatsheet{end}.pdf) · [HTML]({FOLDER}/cheatsheet{end}.html)"]
    for title, lines in sections(language):
        if lines[0][0]:
            width = max(len(line) for line, _ in lines)
            text = "\n".join(f"{line:{width}}  # {says}" if says else line for line, says in lines)
            parts.append(f"## {title}\n\n```python\n{text}\n```")
        else:
            parts.append(f"## {title}\n\n" + "\n".join(says for _, says in lines))
    return "\n\n".join(parts) + "\n"


def as_html(language):
    """The page as one file, of three columns on a sheet of A4."""
    body = []
    for title, lines in sections(language):
        rows = "".join(
            f"<p>{f'<code>{escape(line)}</code> ' if line else ''}{f'<span>{escape(says)}</span>' if says else ''}</p>"
            for line, says in lines
        )
        body.append(f"<section><h2>{escape(title)}</h2>{rows}</section>")
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{TITLES[language]}</title><style>'
        "@page{size:A4 landscape;margin:8mm}body{font:12px/1.35 Arial,'DejaVu Sans',sans-serif;margin:12px;color:#111;"
        "background:#fff}main{columns:3 20em;column-gap:16px}h1{font-size:16px;margin:0 0 8px}h2{font-size:13px;"
        "margin:6px 0 2px;color:#0a4f8a}p{margin:0 0 2px}section{break-inside:avoid}code{font:11px 'DejaVu Sans Mono',"
        "monospace;background:#f1f3f5;padding:0 2px;overflow-wrap:anywhere}span{color:#444}"
        "@media print{body{font-size:8px;margin:0}code{font-size:7.4px}h2{font-size:9px}h1{font-size:12px}}"
        f"</style></head><body><h1>{TITLES[language]}</h1><main>{''.join(body)}</main></body></html>\n"
    )


def rows_of(language):
    """The lines of the PDF: (kind, text), with one that is empty before each title."""
    for title, lines in sections(language):
        yield "gap", ""
        yield "title", title
        for line, says in lines:
            wrapped = textwrap.wrap(line, CODE, subsequent_indent="    ")
            yield from (("code", part) for part in wrapped)
            words = textwrap.wrap(says, WIDTH - 4 * bool(line))
            beside = bool(line) and len(words) == 1 and len(wrapped) == 1 and len(line) + len(says) + 2 <= CODE
            if beside:
                yield "beside", f"{' ' * len(line)}  {says}"
            else:
                yield from (("words", "    " * bool(line) + part) for part in words)


def as_pdf(language, path):
    """Write the page as a PDF of one sheet of A4.

    Raises:
        ValueError: it has more lines than the sheet has room for.
    """
    from matplotlib.backends.backend_pdf import FigureCanvasPdf
    from matplotlib.figure import Figure

    look = {
        "title": {"weight": "bold", "fontsize": 10, "color": "#0a4f8a"},
        "code": {"family": "DejaVu Sans Mono", "fontsize": 7.8},
        "beside": {"family": "DejaVu Sans Mono", "fontsize": 7.8, "color": "#555555"},
        "words": {"fontsize": 7.8, "color": "#333333"},
    }
    figure = Figure(figsize=(11.69, 8.27))
    FigureCanvasPdf(figure)
    figure.text(0.02, 0.965, TITLES[language], weight="bold", fontsize=12)
    at = -1
    for kind, text in rows_of(language):
        at += kind != "beside"
        if kind == "gap" and at % ROWS == 0:
            at -= 1
        if kind == "title" and at % ROWS > ROWS - 3:
            at += ROWS - at % ROWS
        column, row = divmod(at, ROWS)
        if column >= COLUMNS:
            raise ValueError(f"The cheat sheet does not fit on one page: {text!r} stands in column {column + 1}.")
        if text:
            figure.text(0.02 + column * 0.49, 0.94 - row * 0.93 / ROWS, text, va="top", **look[kind])
    figure.savefig(path, format="pdf", metadata={"Title": TITLES[language], "CreationDate": None})


def write(folder):
    """Write the four files into a folder."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    for language, end in (("en", ""), ("es", ".es")):
        (Path(folder) / f"cheatsheet{end}.html").write_text(as_html(language), "utf-8")
        as_pdf(language, Path(folder) / f"cheatsheet{end}.pdf")


if __name__ == "__main__":
    write(sys.argv[1] if len(sys.argv) > 1 else ".")
