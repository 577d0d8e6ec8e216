"""What each kind of finding is, how it looks, what to do, and what is not it; and the training that shows it."""

PAGE = {
    "en": {
        "title": "The doctor of trainings: why does it not learn?",
        "other": "**English** · [Español](README.es.md)",
        "intro": """\
`tg.diagnose(model, x, y, epochs=…)` takes a compiled model, the data and the options of `fit`, and names what keeps
the training from learning, or makes it learn the wrong thing. It returns findings, the best explanation first; a
healthy training has none. The model stays as it is.

```python
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import keras

x = np.random.default_rng(0).normal(size=(300, 4))
y = (x.sum(axis=1) > 0).astype(int)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="softmax")])
model.compile("adam", "binary_crossentropy")
findings = tg.diagnose(model, x, y, epochs=5)
print(findings)
for finding in findings:
    print(finding.kind, finding.place, finding.message)
```

It first looks at model and data alone. Then it trains a copy once, as `fit` would. Where that copy learnt what a
plain network finds in the same rows, nothing more is asked, whatever the style of the model. Where it did not,
suspects are put to the test: the training is replayed with one thing changed (another rate, standardised columns,
relu, more epochs), and who repairs it is named. All of it takes at most about three times the training and two
seconds.

- `tg.diagnose(…, language="es")`, or `print(findings.text("es"))`, speaks Spanish.
- `callbacks=[tg.doctor.Doctor()]` in `fit` watches a training as it runs, without replays, and speaks at its end or
  when the loss becomes NaN.
- `tinygrad-edu doctor script.py` runs a script and diagnoses its last `fit`.
- `tg.viz.report(model, history, "report.html", x, y)` has a section with what can be seen in the trained model.
- A finding has `kind`, `place` (the number of a layer in `model.layers`, or the name of an argument), `message` and
  `severity`: `"note"` is no accusation.""",
        "listed": "## The kinds, causes before symptoms",
        "example": "An example",
        "remedy": "Remedy",
        "not_it": "Not it",
    },
    "es": {
        "title": "El doctor de entrenamientos: ¿por qué no aprende?",
        "other": "[English](README.md) · **Español**",
        "intro": """\
`tg.diagnose(model, x, y, epochs=…)` recibe un modelo compilado, los datos y las opciones de `fit`, y nombra lo que
impide aprender, o hace aprender otra cosa. Devuelve hallazgos, la mejor explicación primero; un entrenamiento sano no
tiene ninguno. El modelo se queda como está.

```python
import numpy as np
import tinygrad_edu as tg
from tinygrad_edu import keras

x = np.random.default_rng(0).normal(size=(300, 4))
y = (x.sum(axis=1) > 0).astype(int)
model = keras.Sequential([keras.layers.Dense(16, activation="relu"), keras.layers.Dense(1, activation="softmax")])
model.compile("adam", "binary_crossentropy")
hallazgos = tg.diagnose(model, x, y, epochs=5, language="es")
print(hallazgos)
for hallazgo in hallazgos:
    print(hallazgo.kind, hallazgo.place, hallazgo.text("es"))
```

Primero mira solo el modelo y los datos. Después entrena una vez una copia, como haría `fit`. Si esa copia aprendió lo
que una red sencilla encuentra en las mismas filas, no se pregunta más, sea cual sea el estilo del modelo. Si no, se
pone a prueba a los sospechosos: el entrenamiento se repite con una sola cosa cambiada (otra tasa, columnas
estandarizadas, relu, más épocas), y se nombra a quien lo repara. Todo ello tarda como mucho unas tres veces el
entrenamiento y dos segundos.

- `callbacks=[tg.doctor.Doctor(language="es")]` en `fit` vigila un entrenamiento mientras corre, sin repeticiones, y
  habla al final o cuando la pérdida se vuelve NaN.
- `tinygrad-edu doctor script.py --lang es` ejecuta un script y diagnostica su último `fit`.
- `tg.viz.report(model, history, "informe.html", x, y)` tiene una sección con lo que se ve en el modelo entrenado.
- Un hallazgo tiene `kind`, `place` (el número de una capa en `model.layers`, o el nombre de un argumento), `message`
  y `severity`: `"note"` no acusa.""",
        "listed": "## Los tipos, las causas antes que los síntomas",
        "example": "Un ejemplo",
        "remedy": "Remedio",
        "not_it": "No lo es",
    },
}

EXAMPLES = {
    "invalid_data": "ages_that_are_missing",
    "label_encoding": "minus_one_and_one",
    "output_units": "nine_units_for_ten_classes",
    "frozen_weights": "nothing_to_train",
    "wrong_loss": "binary_crossentropy_for_ten_classes",
    "from_logits": "softmax_twice",
    "output_activation": "softmax_over_one_unit",
    "over_regularization": "dropout_of_nine_tenths",
    "unscaled_input": "income_beside_age",
    "unscaled_target": "melbourne_prices",
    "bad_initialization": "zeros",
    "unshuffled_data": "iris_in_order_of_species",
    "train_validation_mismatch": "validation_not_divided",
    "data_leakage": "label_among_the_features",
    "hidden_activation": "no_activation_for_rings",
    "vanishing_gradient": "seven_sigmoids",
    "learning_rate_high": "sgd_too_fast_for_a_parabola",
    "model_too_small": "rings_by_a_line",
    "too_few_updates": "five_epochs",
    "learning_rate_low": "adam_too_slow_on_rings",
    "class_imbalance": "oranges_among_apples",
    "overfitting": "noise_learnt_by_heart",
    "wrong_metric": "accuracy_of_a_regression",
}

# kind: language: (what it is, how it looks, remedy, what is not it)
TEXTS = {
    "invalid_data": {
        "en": (
            "A NaN or an infinity in x, y or the validation data.",
            "One such number makes every loss that it meets NaN, and from the next update on every weight. "
            "Here `fit` refuses it before training.",
            "Find them with `np.argwhere(~np.isfinite(x))`; take the rows out or fill them. Look for a "
            "logarithm of 0 and a division by the spread of a constant column.",
            "A loss that becomes NaN from finite data: that is usually the learning rate.",
        ),
        "es": (
            "Un NaN o un infinito en x, en y o en los datos de validación.",
            "Un solo número así vuelve NaN toda pérdida que lo encuentre y, desde la siguiente actualización, "
            "todos los pesos. Aquí `fit` lo rechaza antes de entrenar.",
            "Búscalos con `np.argwhere(~np.isfinite(x))`; quita las filas o rellénalas. Busca un logaritmo "
            "de 0 y una división por la dispersión de una columna constante.",
            "Una pérdida que se vuelve NaN con datos finitos: eso suele ser la tasa de aprendizaje.",
        ),
    },
    "refused": {
        "en": (
            "`fit` refuses the training with an error.",
            "The message of the error is the finding, so that a script that only diagnoses sees it, too.",
            "Change what the message names: a shape, a number, an argument.",
            "Data with NaN and labels out of range are told under their own names.",
        ),
        "es": (
            "`fit` rechaza el entrenamiento con un error.",
            "El mensaje del error es el hallazgo, para que también lo vea un script que solo diagnostica.",
            "Cambia lo que nombra el mensaje: una forma, un número, un argumento.",
            "Los datos con NaN y las etiquetas fuera de rango se dicen con su propio nombre.",
        ),
    },
    "label_encoding": {
        "en": (
            "The labels are not those that the loss expects.",
            "Binary crossentropy wants 0 and 1, sparse crossentropy whole numbers from 0, categorical rows "
            "that sum to 1. With −1 and 1 the crossentropy becomes negative and has no bottom.",
            "The finding has the line of code for these labels, such as `y = (y > 0)`.",
            "Whole numbers stored as floats; hinge losses with 0 and 1; smoothed labels.",
        ),
        "es": (
            "Las etiquetas no son las que espera la pérdida.",
            "La entropía cruzada binaria quiere 0 y 1, la dispersa números enteros desde 0, la categórica "
            "filas que sumen 1. Con −1 y 1 la entropía cruzada se hace negativa y no tiene fondo.",
            "El hallazgo trae la línea de código para esas etiquetas, como `y = (y > 0)`.",
            "Enteros guardados como decimales; pérdidas hinge con 0 y 1; etiquetas suavizadas.",
        ),
    },
    "output_units": {
        "en": (
            "The last layer has not one unit for each class or target.",
            "With too few, some class can never be named; with one unit for several classes, their numbers "
            "become a quantity.",
            "As many units as classes, with softmax; as many as columns of y for a regression.",
            "One unit with sigmoid for two classes; more units than the classes that occur in a sample.",
        ),
        "es": (
            "La última capa no tiene una unidad por clase u objetivo.",
            "Con menos, alguna clase no se puede nombrar; con una sola para varias clases, sus números pasan a "
            "ser una cantidad.",
            "Tantas unidades como clases, con softmax; tantas como columnas de y en una regresión.",
            "Una unidad con sigmoid para dos clases; más unidades que clases aparecen en una muestra.",
        ),
    },
    "frozen_weights": {
        "en": (
            "What should learn is not trainable.",
            "With every weight frozen the loss is the same after each epoch; with frozen hidden layers of "
            "random values it stops early.",
            "Set `layer.trainable = True`, then compile again.",
            "A base that was trained before, or is wide enough, with a head that is trained.",
        ),
        "es": (
            "Lo que debería aprender no es entrenable.",
            "Con todos los pesos congelados la pérdida es la misma tras cada época; con capas ocultas "
            "congeladas en valores al azar se estanca pronto.",
            "Pon `layer.trainable = True` y compila de nuevo.",
            "Una base entrenada antes, o bastante ancha, con una cabeza que sí se entrena.",
        ),
    },
    "wrong_loss": {
        "en": (
            "The loss does not fit the task.",
            "A crossentropy of one output is always 0; binary crossentropy of ten classes is content with "
            "answering no; a percentage error explodes where y is 0.",
            "`mse` or `mae` for quantities; `binary_crossentropy` for yes or no; "
            "`sparse_categorical_crossentropy` for class numbers; `categorical_crossentropy` for one-hot rows.",
            "mse on a sigmoid or on one-hot rows that learns; crossentropy with shares between 0 and 1.",
        ),
        "es": (
            "La pérdida no corresponde a la tarea.",
            "Una entropía cruzada de una sola salida siempre es 0; la binaria con diez clases se conforma con "
            "decir que no; un error porcentual estalla donde y es 0.",
            "`mse` o `mae` para cantidades; `binary_crossentropy` para sí o no; "
            "`sparse_categorical_crossentropy` para números de clase; `categorical_crossentropy` para filas "
            "one-hot.",
            "mse sobre una sigmoide o sobre filas one-hot, si aprende; entropía cruzada con proporciones entre 0 y 1.",
        ),
    },
    "from_logits": {
        "en": (
            "Probabilities are taken for logits, or logits for probabilities.",
            "A softmax applied twice leaves a floor under the loss, ln(1 + (k − 1)/e) for k classes. Without "
            "any, scores outside [0, 1] are clipped, and where they are clipped no gradient passes.",
            "Either a softmax in the last layer, or `from_logits=True` in the loss: one of them.",
            "A linear last layer with `from_logits=True`.",
        ),
        "es": (
            "Se toman probabilidades por logits, o logits por probabilidades.",
            "Un softmax aplicado dos veces deja un suelo bajo la pérdida, ln(1 + (k − 1)/e) con k clases. Sin "
            "ninguno, lo que cae fuera de [0, 1] se recorta, y donde se recorta no pasa gradiente.",
            "O un softmax en la última capa, o `from_logits=True` en la pérdida: uno de los dos.",
            "Una última capa lineal con `from_logits=True`.",
        ),
    },
    "output_activation": {
        "en": (
            "The last activation cannot give the targets, or does not fit the loss.",
            "The loss falls for a moment or not at all, and stays at a constant answer: softmax over one unit "
            "always says 1, relu never says −2, sigmoid never says 30.",
            "sigmoid for one yes or no, softmax for one of several classes, a sigmoid each for several labels, "
            "linear for free quantities.",
            "relu, softplus or exponential for amounts that are never negative; sigmoid for shares; tanh for "
            "targets in [−1, 1].",
        ),
        "es": (
            "La última activación no puede dar los objetivos, o no va con la pérdida.",
            "La pérdida baja un momento o nada, y se queda en una respuesta constante: softmax sobre una "
            "unidad siempre dice 1, relu nunca dice −2, sigmoid nunca dice 30.",
            "sigmoid para un sí o no, softmax para una de varias clases, una sigmoid por etiqueta si hay "
            "varias, lineal para cantidades libres.",
            "relu, softplus o exponencial para cantidades nunca negativas; sigmoid para proporciones; tanh "
            "para objetivos en [−1, 1].",
        ),
    },
    "over_regularization": {
        "en": (
            "Dropout or penalties are so strong that nothing else is learnt.",
            "The loss falls because the weights shrink, and the accuracy stays; or the loss in training stays "
            "far above that of `evaluate`.",
            "Rates up to 0.5, penalties around 10⁻⁴, no dropout after the last layer. First let the model "
            "learn, then regularise.",
            "One strong Dropout over a wide layer that learns; a training loss a little above the validation loss.",
        ),
        "es": (
            "El dropout o las penalizaciones son tan fuertes que no se aprende otra cosa.",
            "La pérdida baja porque los pesos encogen, y la exactitud no se mueve; o la pérdida al entrenar "
            "queda muy por encima de la de `evaluate`.",
            "Tasas hasta 0.5, penalizaciones alrededor de 10⁻⁴, nada de dropout tras la última capa. Primero "
            "que aprenda, luego regulariza.",
            "Un Dropout fuerte sobre una capa ancha que aprende; una pérdida de entrenamiento algo mayor que "
            "la de validación.",
        ),
    },
    "unscaled_input": {
        "en": (
            "Features of extreme or unlike size.",
            "The first layer's sums are thousands or millionths: units saturate or die, one column drowns the "
            "others, the loss begins huge or does not move.",
            "A `Normalization` layer adapted on x, `Rescaling(1 / 255)` for images, or standardise by hand "
            "with the numbers of the training rows.",
            "Standardised data beyond [−1, 1]; indices for an Embedding; data that learn as they are.",
        ),
        "es": (
            "Características de tamaño extremo o muy distinto.",
            "Las sumas de la primera capa son miles o millonésimas: las unidades se saturan o mueren, una "
            "columna ahoga a las demás, la pérdida empieza enorme o no se mueve.",
            "Una capa `Normalization` adaptada a x, `Rescaling(1 / 255)` para imágenes, o estandariza a mano "
            "con los números de las filas de entrenamiento.",
            "Datos estandarizados más allá de [−1, 1]; índices para un Embedding; datos que aprenden tal como están.",
        ),
    },
    "unscaled_target": {
        "en": (
            "Targets so large that the steps cannot travel there.",
            "The loss is huge and falls by a thousandth: an optimizer such as Adam moves a bias by about the "
            "learning rate an update. SGD may diverge instead.",
            "Train on `(y - y.mean()) / y.std()` and turn the predictions back.",
            "Targets of 20 or 100 that are reached.",
        ),
        "es": (
            "Objetivos tan grandes que los pasos no llegan.",
            "La pérdida es enorme y baja una milésima: un optimizador como Adam mueve un sesgo más o menos la "
            "tasa de aprendizaje por actualización. SGD puede divergir.",
            "Entrena con `(y - y.mean()) / y.std()` y deshaz el cambio en las predicciones.",
            "Objetivos de 20 o de 100 a los que se llega.",
        ),
    },
    "bad_initialization": {
        "en": (
            "First weights that are all equal, or far too large or small.",
            "Units that begin alike get the same gradients and stay alike: the layer counts as one unit. "
            "Weights of a wrong size let signals grow or vanish from layer to layer.",
            "Leave the initializers out: `glorot_uniform`, or `he_normal` with relu; zeros for biases.",
            "Zeros in the last layer, in a model without hidden layers, or for biases; weights that were loaded.",
        ),
        "es": (
            "Pesos iniciales todos iguales, o demasiado grandes o pequeños.",
            "Las unidades que empiezan iguales reciben los mismos gradientes y siguen iguales: la capa vale "
            "por una unidad. Con pesos de otro tamaño las señales crecen o se apagan de capa en capa.",
            "Quita los inicializadores: `glorot_uniform`, o `he_normal` con relu; ceros para los sesgos.",
            "Ceros en la última capa, en un modelo sin capas ocultas o en los sesgos; pesos cargados.",
        ),
    },
    "unshuffled_data": {
        "en": (
            "Rows in order of class meet `validation_split` or `shuffle=False`.",
            "`validation_split` takes the last rows: training looks perfect, and validation is a class that "
            "was never seen.",
            "Mix x and y by the same permutation before `fit`; leave `shuffle=False` out.",
            "Sorted rows with fit's own shuffle and no split; rows in time order for a regression.",
        ),
        "es": (
            "Filas en orden de clase con `validation_split` o `shuffle=False`.",
            "`validation_split` toma las últimas filas: el entrenamiento parece perfecto y la validación es "
            "una clase nunca vista.",
            "Mezcla x e y con la misma permutación antes de `fit`; quita `shuffle=False`.",
            "Filas ordenadas con la mezcla propia de fit y sin partición; filas en orden temporal en una regresión.",
        ),
    },
    "train_validation_mismatch": {
        "en": (
            "The validation data were prepared in another way.",
            "val_loss is huge from the first epoch while the loss falls: one was divided by 255 and the other not.",
            "Prepare both with the same numbers, those of the training rows; best inside the model, by a layer.",
            "A validation table that differs a little.",
        ),
        "es": (
            "Los datos de validación se prepararon de otra manera.",
            "val_loss es enorme desde la primera época mientras la pérdida baja: unos se dividieron por 255 y "
            "otros no.",
            "Prepara ambos con los mismos números, los de las filas de entrenamiento; mejor dentro del modelo, "
            "con una capa.",
            "Una tabla de validación algo distinta.",
        ),
    },
    "data_leakage": {
        "en": (
            "The answer is among the features, or the validation rows are training rows.",
            "Everything is perfect at once, and will not be in use.",
            "Take the column out if it is not known at the time of prediction; validate on rows that are not "
            "trained on.",
            "Easy data, where several columns are good together.",
        ),
        "es": (
            "La respuesta está entre las características, o las filas de validación son de entrenamiento.",
            "Todo es perfecto enseguida, y no lo será en uso.",
            "Quita la columna si no se conoce al predecir; valida con filas que no se entrenen.",
            "Datos fáciles, en los que varias columnas juntas son buenas.",
        ),
    },
    "hidden_activation": {
        "en": (
            "A hidden layer without its nonlinearity, or with one that does not belong there.",
            "Linear layers in a row are one linear layer, so the loss stops at what a line reaches. A softmax "
            "inside makes the units of a layer share a sum of 1.",
            'activation="relu" in the hidden layers.',
            "Linear layers where a line suffices; linear autoencoders; the activation as a layer of its own.",
        ),
        "es": (
            "Una capa oculta sin su no linealidad, o con una que no va ahí.",
            "Varias capas lineales seguidas son una sola, así que la pérdida se para donde llega una recta. Un "
            "softmax dentro obliga a las unidades a repartirse una suma de 1.",
            'activation="relu" en las capas ocultas.',
            "Capas lineales donde basta una recta; autocodificadores lineales; la activación como capa propia.",
        ),
    },
    "vanishing_gradient": {
        "en": (
            "The gradient becomes smaller from layer to layer, until the first layers learn nothing.",
            "A sigmoid multiplies it by at most ¼: after seven of them little is left, and the loss stays at a "
            "constant answer.",
            "relu, fewer layers, BatchNormalization between them, weights of the right size.",
            "Small gradients at the end of a training that has converged.",
        ),
        "es": (
            "El gradiente mengua de capa en capa, hasta que las primeras no aprenden nada.",
            "Una sigmoide lo multiplica como mucho por ¼: tras siete queda poco, y la pérdida se queda en una "
            "respuesta constante.",
            "relu, menos capas, BatchNormalization entre ellas, pesos del tamaño debido.",
            "Gradientes pequeños al final de un entrenamiento que ha convergido.",
        ),
    },
    "learning_rate_high": {
        "en": (
            "Steps so large that they jump over the minimum, or throw units away.",
            "The loss becomes NaN, rises above its beginning, or swings; after one bad step it may stay at a "
            "constant answer.",
            "A tenth or a hundredth of the rate; the finding says which one was tried and learns.",
            "A rate that is large and learns; unscaled data, which show the same.",
        ),
        "es": (
            "Pasos tan grandes que saltan sobre el mínimo o inutilizan unidades.",
            "La pérdida se vuelve NaN, sube por encima del principio o oscila; tras un mal paso puede quedarse "
            "en una respuesta constante.",
            "Una décima o una centésima de la tasa; el hallazgo dice cuál se probó y aprende.",
            "Una tasa grande que aprende; datos sin escalar, que muestran lo mismo.",
        ),
    },
    "exploding_gradient": {
        "en": (
            "Signals and gradients grow from layer to layer.",
            "The first loss is huge and the next is NaN.",
            "`he_normal` or `glorot_uniform`, a smaller rate, `clipnorm=1`.",
            "One large gradient at the start that the training survives.",
        ),
        "es": (
            "Señales y gradientes crecen de capa en capa.",
            "La primera pérdida es enorme y la siguiente es NaN.",
            "`he_normal` o `glorot_uniform`, una tasa menor, `clipnorm=1`.",
            "Un gradiente grande al principio que el entrenamiento supera.",
        ),
    },
    "dead_relu": {
        "en": (
            "Units of a relu layer that give 0 for every row.",
            "Where all give 0 no gradient passes, and the model is a constant.",
            "Look for the cause first: rate, biases, inputs. Then LeakyReLU or he_normal.",
            "Half of the outputs at 0, and some dead units in a net that learns.",
        ),
        "es": (
            "Unidades de una capa relu que dan 0 en todas las filas.",
            "Donde todas dan 0 no pasa gradiente, y el modelo es una constante.",
            "Busca antes la causa: tasa, sesgos, entradas. Después, LeakyReLU o he_normal.",
            "La mitad de las salidas a 0, y algunas unidades muertas en una red que aprende.",
        ),
    },
    "saturated_activation": {
        "en": (
            "Hidden sigmoids or tanhs that stand at an end of their range.",
            "There they are flat: the gradient is nearly 0, and the layer stays what it was.",
            "Scale the inputs, use smaller first weights, or relu.",
            "The last sigmoid of a classifier that is right.",
        ),
        "es": (
            "Sigmoides o tanh ocultas que están en un extremo de su rango.",
            "Ahí son planas: el gradiente es casi 0 y la capa se queda como estaba.",
            "Escala las entradas, usa pesos iniciales menores, o relu.",
            "La última sigmoide de un clasificador que acierta.",
        ),
    },
    "model_too_small": {
        "en": (
            "Too few units or layers for the task.",
            "The training converges, far above what a wider copy reaches in as many updates.",
            "More units, or a hidden layer more.",
            "Noise, which a wider copy learns by heart only.",
        ),
        "es": (
            "Muy pocas unidades o capas para la tarea.",
            "El entrenamiento converge, muy por encima de lo que alcanza una copia más ancha con las mismas "
            "actualizaciones.",
            "Más unidades, o una capa oculta más.",
            "El ruido, que una copia más ancha solo aprende de memoria.",
        ),
    },
    "too_few_updates": {
        "en": (
            "The training ends while it still improves.",
            "Five epochs of seven batches are 35 small steps. A batch of all rows makes one step an epoch.",
            "More epochs, or batches of 32.",
            "A loss that falls for ever slowly while the accuracy is there; full-batch descent that converges.",
        ),
        "es": (
            "El entrenamiento acaba cuando aún mejora.",
            "Cinco épocas de siete lotes son 35 pasitos. Un lote con todas las filas da un paso por época.",
            "Más épocas, o lotes de 32.",
            "Una pérdida que baja siempre despacio cuando ya hay exactitud; descenso por lote completo que converge.",
        ),
    },
    "learning_rate_low": {
        "en": (
            "Steps so small that nothing is reached.",
            "The loss falls steadily by a tiny share of what is to be had; an epoch changes the weights by "
            "less than a hundredth.",
            "Ten or a hundred times the rate; the finding says which one was tried.",
            "Fine-tuning and models that have converged; a schedule at its end.",
        ),
        "es": (
            "Pasos tan pequeños que no se llega a nada.",
            "La pérdida baja sin pausa una parte mínima de lo que se puede; una época cambia los pesos menos "
            "de una centésima.",
            "Diez o cien veces la tasa; el hallazgo dice cuál se probó.",
            "El ajuste fino y los modelos que ya convergieron; una tasa programada al llegar a su fin.",
        ),
    },
    "class_imbalance": {
        "en": (
            "A rare class is never predicted, and the accuracy looks good.",
            "Answering always the common class is right in 94 % of the rows: the loss is content, and recall is 0.",
            "`class_weight`, more rows of the rare class, a lower threshold; look at recall and precision.",
            "A rare class that is found.",
        ),
        "es": (
            "Una clase rara no se predice nunca, y la exactitud parece buena.",
            "Contestar siempre la clase común acierta el 94 % de las filas: la pérdida se conforma y la "
            "exhaustividad es 0.",
            "`class_weight`, más filas de la clase rara, un umbral menor; mira recall y precision.",
            "Una clase rara que sí se encuentra.",
        ),
    },
    "overfitting": {
        "en": (
            "The training rows are learnt by heart while validation becomes worse.",
            "The loss goes to 0; val_loss has its minimum early and rises from there.",
            "`EarlyStopping(patience=3, restore_best_weights=True)`, more rows, fewer units, dropout.",
            "The noise of a small validation set; a training that goes back to its best weights.",
        ),
        "es": (
            "Las filas de entrenamiento se aprenden de memoria mientras la validación empeora.",
            "La pérdida va a 0; val_loss tiene su mínimo pronto y desde ahí sube.",
            "`EarlyStopping(patience=3, restore_best_weights=True)`, más filas, menos unidades, dropout.",
            "El ruido de una validación pequeña; un entrenamiento que vuelve a sus mejores pesos.",
        ),
    },
    "wrong_metric": {
        "en": (
            "A metric that says nothing about this task.",
            "Accuracy of a regression is 0 however good the model is; binary accuracy of ten classes is 0.9 "
            "for answering no.",
            '`metrics=["mae"]` for quantities; `"accuracy"` for classes.',
            "Accuracy of class numbers or of one-hot rows.",
        ),
        "es": (
            "Una métrica que no dice nada de esta tarea.",
            "La exactitud de una regresión es 0 por bueno que sea el modelo; la binaria con diez clases es 0.9 "
            "contestando no.",
            '`metrics=["mae"]` para cantidades; `"accuracy"` para clases.',
            "La exactitud con números de clase o con filas one-hot.",
        ),
    },
    "unknown": {
        "en": (
            "A plain network learns these rows, this training does not, and no single change that was tried "
            "repairs it.",
            "A note, no accusation: probably several things are wrong at once.",
            "Begin with a small network that learns, and add one thing at a time.",
            "—",
        ),
        "es": (
            "Una red sencilla aprende estas filas, este entrenamiento no, y ningún cambio probado lo repara "
            "por sí solo.",
            "Una nota, no una acusación: seguramente fallan varias cosas a la vez.",
            "Empieza con una red pequeña que aprenda, y añade una cosa cada vez.",
            "—",
        ),
    },
    "nothing_to_learn": {
        "en": (
            "Neither this model nor a plain network does better than a constant answer.",
            "A note, no accusation: there may be nothing in x about y, or their rows are not in the same order.",
            "Check that x and y belong together, row by row.",
            "—",
        ),
        "es": (
            "Ni este modelo ni una red sencilla superan a una respuesta constante.",
            "Una nota, no una acusación: puede que x no diga nada de y, o que sus filas no estén en el mismo orden.",
            "Comprueba que x e y se corresponden, fila por fila.",
            "—",
        ),
    },
}
