"""The sentences of the doctor, by key and language: what was measured, then what to do. Every key has every language.

A key is the name of a kind, with the variant behind a dot where the evidence has several forms; `remedy.…` is the
sentence that follows it. The fields between braces are what the finding measured.
"""

from ..common.language import LANGUAGES

SENTENCES = {
    "title.none": {
        "en": "Diagnosis of {model}: nothing to complain of.",
        "es": "Diagnóstico de {model}: nada que objetar.",
    },
    "title.some": {
        "en": "Diagnosis of {model}: {count} finding(s), the best explanation first.",
        "es": "Diagnóstico de {model}, la mejor explicación primero; hallazgos: {count}.",
    },
    "command.missing": {"en": "There is no script {path}.", "es": "No existe el script {path}."},
    "command.no_fit": {
        "en": "{path} has called no fit: nothing to diagnose.",
        "es": "{path} no ha llamado a fit: nada que diagnosticar.",
    },
    "command.error": {"en": "The script ended with {error}", "es": "El script terminó con {error}"},
    "note": {"en": "note", "es": "nota"},
    "part.one": {"en": "{a:g}", "es": "{a:g}"},
    "part.two": {"en": "{a:g} and {b:g}", "es": "{a:g} y {b:g}"},
    "part.three": {"en": "{a:g} and {b:g} and {c:g}", "es": "{a:g} y {b:g} y {c:g}"},
    "part.many": {
        "en": "{count} different values from {low:g} to {high:g}",
        "es": "{count} valores distintos, de {low:g} a {high:g}",
    },
    "part.whole": {"en": "whole numbers from 0 to {top}", "es": "números enteros de 0 a {top}"},
    "part.sums": {"en": "rows that sum to {sum:g}", "es": "filas que suman {sum:g}"},
    "part.classes": {
        "en": ' with softmax, and loss="sparse_categorical_crossentropy"',
        "es": ' con softmax, y loss="sparse_categorical_crossentropy"',
    },
    "place.layer": {"en": "layer {number} ({name})", "es": "capa {number} ({name})"},
    "did.static": {"en": "looked at model and data", "es": "se miraron el modelo y los datos"},
    "did.observed": {
        "en": "observed one training of a copy ({updates:,} updates)",
        "es": "se observó un entrenamiento de una copia ({updates:,} actualizaciones)",
    },
    "did.own": {
        "en": (
            "observed one training of the model itself ({updates:,} updates): it could not be copied, and is "
            "trained now"
        ),
        "es": (
            "se observó un entrenamiento del propio modelo ({updates:,} actualizaciones): no se pudo copiar, y "
            "ahora está entrenado"
        ),
    },
    "did.refused": {"en": "fit refused the training", "es": "fit rechazó el entrenamiento"},
    "did.reference": {
        "en": "trained a plain network on the same rows to see what there is to learn",
        "es": "se entrenó una red sencilla con las mismas filas para ver qué hay que aprender",
    },
    "did.trials": {
        "en": "replayed it {count} time(s), one thing changed",
        "es": "repeticiones con una sola cosa cambiada: {count}",
    },
    "did.trained": {
        "en": "looked at the trained model and its curves, without training anything",
        "es": "se miraron el modelo entrenado y sus curvas, sin entrenar nada",
    },
    "did.callback": {"en": "watched this training", "es": "se vigiló este entrenamiento"},
    # -- the outputs -------------------------------------------------------------------------------------------
    "output_activation.softmax_of_one": {
        "en": "Softmax over one unit gives 1.000 for all {rows:,} rows; {other:.0%} of y are not 1.",
        "es": "Softmax sobre una sola unidad da 1.000 en las {rows:,} filas; el {other:.0%} de y no es 1.",
    },
    "output_activation.range": {
        "en": (
            "{activation} gives values in {range}, but y goes from {low:.4g} to {high:.4g}: {share:.0%} of y "
            "are out of reach."
        ),
        "es": (
            "{activation} da valores en {range}, pero y va de {low:.4g} a {high:.4g}: el {share:.0%} de y "
            "queda fuera de alcance."
        ),
    },
    "output_activation.crossentropy": {
        "en": (
            "{loss} expects probabilities, but the last activation is {activation}: outputs go from {low:.4g} "
            "to {high:.4g}."
        ),
        "es": (
            "{loss} espera probabilidades, pero la última activación es {activation}: las salidas van de "
            "{low:.4g} a {high:.4g}."
        ),
    },
    "output_activation.several_labels": {
        "en": "Softmax lets the outputs of a row sum to 1, but rows of y hold up to {most:g} ones.",
        "es": "Softmax obliga a que las salidas de una fila sumen 1, pero hay filas de y con hasta {most:g} unos.",
    },
    "output_activation.trial": {
        "en": (
            "With {wanted} as last activation the same training reaches {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "Con {wanted} como última activación, el mismo entrenamiento llega a {better:.3g} en lugar de "
            "{now:.3g} ({score})."
        ),
    },
    "remedy.output_activation": {
        "en": "Let the last layer end in {wanted}.",
        "es": "Que la última capa termine en {wanted}.",
    },
    "from_logits.twice": {
        "en": (
            "The last activation is {activation}, and the loss (from_logits=True) applies it once more: with "
            "{units} outputs the loss cannot go below {floor:.3g}."
        ),
        "es": (
            "La última activación es {activation}, y la pérdida (from_logits=True) la aplica otra vez: con "
            "{units} salidas la pérdida no puede bajar de {floor:.3g}."
        ),
    },
    "remedy.from_logits.twice": {
        "en": "Leave from_logits out, or let the last layer be linear.",
        "es": "Quita from_logits, o deja lineal la última capa.",
    },
    "from_logits.missing": {
        "en": (
            "{loss} takes the outputs of a linear layer, from {low:.4g} to {high:.4g}, for probabilities: "
            "{share:.0%} of them are outside [0, 1] and are clipped."
        ),
        "es": (
            "{loss} toma por probabilidades las salidas de una capa lineal, de {low:.4g} a {high:.4g}: el "
            "{share:.0%} está fuera de [0, 1] y se recorta."
        ),
    },
    "remedy.from_logits.missing": {
        "en": "Give the loss from_logits=True, or end the last layer in {wanted}.",
        "es": "Da a la pérdida from_logits=True, o termina la última capa en {wanted}.",
    },
    "output_units.classes": {
        "en": "y holds {classes} classes, and the last layer has {units} unit(s).",
        "es": "y contiene {classes} clases; unidades de la última capa: {units}.",
    },
    "output_units.columns": {
        "en": "y has {columns} column(s), and the last layer has {units} unit(s).",
        "es": "Columnas de y: {columns}; unidades de la última capa: {units}.",
    },
    "remedy.output_units": {
        "en": "Give the last layer {wanted} units{how}.",
        "es": "Da a la última capa {wanted} unidades{how}.",
    },
    # -- loss, labels, metrics ---------------------------------------------------------------------------------
    "wrong_loss.separate_questions": {
        "en": (
            "Every row of y holds exactly one 1, in {columns} columns; {loss} counts {columns} separate "
            "questions, of which answering no gets {no:.0%} right. The right class is found in {accuracy:.0%} "
            "of the rows."
        ),
        "es": (
            "Cada fila de y contiene un solo 1, en {columns} columnas; {loss} cuenta {columns} preguntas "
            "separadas, de las que contestar «no» acierta el {no:.0%}. La clase correcta se encuentra en el "
            "{accuracy:.0%} de las filas."
        ),
    },
    "wrong_loss.one_unit": {
        "en": "{loss} of a single output is 0 whatever the model says.",
        "es": "{loss} de una sola salida es 0 diga lo que diga el modelo.",
    },
    "wrong_loss.continuous": {
        "en": "y holds {distinct:,} different numbers, which is a quantity, and {loss} asks for classes.",
        "es": "y contiene {distinct:,} números distintos, es decir una cantidad, y {loss} pide clases.",
    },
    "wrong_loss.zeros": {
        "en": "{share:.0%} of y are 0, and {loss} divides by y: these rows alone make the loss {value:.3g}.",
        "es": (
            "El {share:.0%} de y es 0, y {loss} divide por y: solo estas filas hacen que la pérdida sea {value:.3g}."
        ),
    },
    "wrong_loss.negative": {
        "en": "{share:.0%} of y are below 0 (down to {low:.4g}), where {loss} makes no sense.",
        "es": "El {share:.0%} de y es menor que 0 (hasta {low:.4g}), donde {loss} no tiene sentido.",
    },
    "wrong_loss.direction": {
        "en": "{loss} looks at directions only, and of one output the direction is its sign.",
        "es": "{loss} solo mira direcciones, y la dirección de una única salida es su signo.",
    },
    "wrong_loss.trial": {
        "en": (
            "y holds classes, and the loss is {loss}: with {wanted} the same training reaches {better:.3g} in "
            "place of {now:.3g} ({score})."
        ),
        "es": (
            "y contiene clases, y la pérdida es {loss}: con {wanted} el mismo entrenamiento llega a "
            "{better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "remedy.wrong_loss": {"en": "Use loss={wanted!r}.", "es": "Usa loss={wanted!r}."},
    "label_encoding.domain": {
        "en": "y holds {values}, but {loss} expects {expected}.",
        "es": "y contiene {values}, pero {loss} espera {expected}.",
    },
    "label_encoding.range": {
        "en": "y holds {values}, and the last activation, {activation}, gives values in {range}.",
        "es": "y contiene {values}, y la última activación, {activation}, da valores en {range}.",
    },
    "remedy.label_encoding": {"en": "Write {code}.", "es": "Escribe {code}."},
    "wrong_metric.accuracy": {
        "en": (
            "{metric} counts right classes, but y is a quantity with {distinct:,} different values: it shows "
            "{shown:.3g} however good the model is."
        ),
        "es": (
            "{metric} cuenta clases acertadas, pero y es una cantidad con {distinct:,} valores distintos: "
            "muestra {shown:.3g} por bueno que sea el modelo."
        ),
    },
    "wrong_metric.binary": {
        "en": "{metric} counts {columns} separate questions a row; answering no to all gets {no:.0%} right.",
        "es": "{metric} cuenta {columns} preguntas separadas por fila; contestar «no» a todas acierta el {no:.0%}.",
    },
    "remedy.wrong_metric": {"en": "Use metrics=[{wanted!r}].", "es": "Usa metrics=[{wanted!r}]."},
    # -- features and targets ----------------------------------------------------------------------------------
    "invalid_data": {
        "en": "{array} has {what} at row {row}{column}, {count:,} in all: every loss that meets it is NaN.",
        "es": (
            "{array} tiene {what} en la fila {row}{column}, {count:,} en total: toda pérdida que lo encuentre es NaN."
        ),
    },
    "remedy.invalid_data": {
        "en": "Take these rows out, or fill them, for example with the mean of the column.",
        "es": "Quita esas filas o rellénalas, por ejemplo con la media de la columna.",
    },
    "unscaled_input": {
        "en": (
            "Column {column} of x has mean {mean:.3g} and standard deviation {std:.3g}; the largest of x is "
            "{largest:.3g}. At the start the first layer's pre-activations have a size of {size:.3g}{trial}."
        ),
        "es": (
            "La columna {column} de x tiene media {mean:.3g} y desviación típica {std:.3g}; lo mayor de x es "
            "{largest:.3g}. Al empezar, las preactivaciones de la primera capa tienen tamaño "
            "{size:.3g}{trial}."
        ),
    },
    "trial.standardised": {
        "en": "; standardised, the same training reaches {better:.3g} in place of {now:.3g} ({score})",
        "es": "; con x estandarizada, el mismo entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})",
    },
    "remedy.unscaled_input": {
        "en": "Begin the model with a Normalization layer adapted on x, or write x = (x - x.mean(0)) / x.std(0).",
        "es": "Empieza el modelo con una capa Normalization adaptada a x, o escribe x = (x - x.mean(0)) / x.std(0).",
    },
    "unscaled_target": {
        "en": (
            "Targets have mean {mean:.4g} and standard deviation {std:.4g}, and the untrained model says about "
            "{start:.3g}{travel}; with y standardised the same training reaches {better:.3g} in place of "
            "{now:.3g} ({score})."
        ),
        "es": (
            "Los objetivos tienen media {mean:.4g} y desviación típica {std:.4g}, y el modelo sin entrenar "
            "dice {start:.3g}{travel}; con y estandarizada el mismo entrenamiento llega a {better:.3g} en "
            "lugar de {now:.3g} ({score})."
        ),
    },
    "unscaled_target.far": {
        "en": (
            "Targets have mean {mean:.4g} and standard deviation {std:.4g}; after {updates:,} updates the "
            "outputs have a size of {said:.3g}."
        ),
        "es": (
            "Los objetivos tienen media {mean:.4g} y desviación típica {std:.4g}; tras {updates:,} "
            "actualizaciones las salidas tienen tamaño {said:.3g}."
        ),
    },
    "travel": {
        "en": "; {updates:,} updates at {rate:.3g} move an output's bias by at most {most:.3g}",
        "es": "; {updates:,} actualizaciones a {rate:.3g} mueven el sesgo de una salida como mucho {most:.3g}",
    },
    "remedy.unscaled_target": {
        "en": "Train on y = (y - y.mean()) / y.std(), and turn predictions back.",
        "es": "Entrena con y = (y - y.mean()) / y.std(), y deshaz el cambio en las predicciones.",
    },
    # -- the steps ---------------------------------------------------------------------------------------------
    "learning_rate_high": {
        "en": (
            "The loss goes from {start:.3g} to {end:.3g} in {epochs} epoch(s); with {wanted:.3g} in place of "
            "{rate:.3g} the same training reaches {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "La pérdida va de {start:.3g} a {end:.3g} (épocas: {epochs}); con {wanted:.3g} en lugar de "
            "{rate:.3g} el mismo entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "learning_rate_high.alone": {
        "en": "The loss goes from {start:.3g} to {end:.3g} in {epochs} epoch(s) at a learning rate of {rate:.3g}.",
        "es": (
            "La pérdida va de {start:.3g} a {end:.3g} (épocas: {epochs}) con una tasa de aprendizaje de {rate:.3g}."
        ),
    },
    "learning_rate_low.still": {
        "en": (
            "All {updates} updates together change the weights by {moved:.2%}: with a rate of {rate:.3g} they stand "
            "still."
        ),
        "es": (
            "Las {updates} actualizaciones juntas cambian los pesos un {moved:.2%}: con una tasa de {rate:.3g} no se "
            "mueven."
        ),
    },
    "learning_rate_low": {
        "en": (
            "An epoch changes the weights by {step:.1%}, and the loss goes from {start:.4g} to {end:.4g}; with "
            "{wanted:.3g} in place of {rate:.3g} the same training reaches {better:.3g} in place of {now:.3g} "
            "({score})."
        ),
        "es": (
            "Una época cambia los pesos un {step:.1%}, y la pérdida va de {start:.4g} a {end:.4g}; con "
            "{wanted:.3g} en lugar de {rate:.3g} el mismo entrenamiento llega a {better:.3g} en lugar de "
            "{now:.3g} ({score})."
        ),
    },
    "remedy.learning_rate": {"en": "Use learning_rate={wanted:.3g}.", "es": "Usa learning_rate={wanted:.3g}."},
    "too_few_updates": {
        "en": (
            "{updates:,} updates in all; the loss still falls, from {before:.4g} to {end:.4g} in the last "
            "third. {times} times as many reach {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "{updates:,} actualizaciones en total; la pérdida aún baja, de {before:.4g} a {end:.4g} en el "
            "último tercio. Con {times} veces ese número se llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "remedy.too_few_updates.epochs": {"en": "Use epochs={wanted}.", "es": "Usa epochs={wanted}."},
    "remedy.too_few_updates.batch_size": {
        "en": "A batch of {batch:,} holds {share:.0%} of the rows: use batch_size=32.",
        "es": "Un lote de {batch:,} contiene el {share:.0%} de las filas: usa batch_size=32.",
    },
    # -- inside ------------------------------------------------------------------------------------------------
    "hidden_activation.linear": {
        "en": (
            "Layer {number} ({name}) is linear and so is what it feeds: together they are one linear layer. "
            "With relu the same training reaches {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "La capa {number} ({name}) es lineal, y también lo que alimenta: juntas son una sola capa lineal. "
            "Con relu el mismo entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "hidden_activation.softmax": {
        "en": (
            "Layer {number} ({name}) is hidden and ends in softmax, so its units share a sum of 1. With relu "
            "the same training reaches {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "La capa {number} ({name}) es oculta y termina en softmax, así que sus unidades se reparten una "
            "suma de 1. Con relu el mismo entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "hidden_activation.trial": {
        "en": (
            "Layer {number} ({name}) ends in {activation}; with relu the same training reaches {better:.3g} in "
            "place of {now:.3g} ({score})."
        ),
        "es": (
            "La capa {number} ({name}) termina en {activation}; con relu el mismo entrenamiento llega a "
            "{better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "remedy.hidden_activation": {
        "en": 'Give the hidden layers activation="relu".',
        "es": 'Da a las capas ocultas activation="relu".',
    },
    "vanishing_gradient": {
        "en": (
            "At the start the gradient of layer {number} ({name}) is {ratio:.1e} times that of the last layer, "
            "a weight for a weight, through {layers} layers of {activation}{trial}."
        ),
        "es": (
            "Al empezar, el gradiente de la capa {number} ({name}) es {ratio:.1e} veces el de la última capa, "
            "peso por peso, a través de {layers} capas con {activation}{trial}."
        ),
    },
    "trial.relu": {
        "en": "; with relu the same training reaches {better:.3g} in place of {now:.3g} ({score})",
        "es": "; con relu el mismo entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})",
    },
    "remedy.vanishing_gradient": {
        "en": "Use relu in the hidden layers, fewer layers, or BatchNormalization between them.",
        "es": "Usa relu en las capas ocultas, menos capas, o BatchNormalization entre ellas.",
    },
    "exploding_gradient": {
        "en": (
            "At the start the outputs of the layers grow from {first:.3g} to {last:.3g} (standard deviation), "
            "and the largest gradient is {gradient:.3g}."
        ),
        "es": (
            "Al empezar, las salidas de las capas crecen de {first:.3g} a {last:.3g} (desviación típica), y el "
            "mayor gradiente es {gradient:.3g}."
        ),
    },
    "remedy.exploding_gradient": {
        "en": 'Use kernel_initializer="he_normal", or an optimizer with clipnorm=1.',
        "es": 'Usa kernel_initializer="he_normal", o un optimizador con clipnorm=1.',
    },
    "dead_relu": {
        "en": "{dead} of {units} units of layer {number} ({name}) give 0 for all {rows:,} rows, {when}.",
        "es": "{dead} de {units} unidades de la capa {number} ({name}) dan 0 en las {rows:,} filas, {when}.",
    },
    "when.start": {"en": "from the start", "es": "desde el principio"},
    "when.end": {"en": "at the end of the training", "es": "al final del entrenamiento"},
    "remedy.dead_relu": {
        "en": "Use a smaller learning rate, he_normal weights with biases of 0, or LeakyReLU.",
        "es": "Usa una tasa de aprendizaje menor, pesos he_normal con sesgos a 0, o LeakyReLU.",
    },
    "saturated_activation": {
        "en": (
            "{share:.0%} of the outputs of layer {number} ({name}, {activation}) stand at an end of its range, "
            "{when}: almost no gradient passes."
        ),
        "es": (
            "El {share:.0%} de las salidas de la capa {number} ({name}, {activation}) está en un extremo de su "
            "rango, {when}: casi no pasa gradiente."
        ),
    },
    "remedy.saturated_activation": {
        "en": "Scale the inputs and use smaller first weights, such as glorot_uniform, or relu.",
        "es": "Escala las entradas y usa pesos iniciales menores, como glorot_uniform, o relu.",
    },
    "bad_initialization.equal": {
        "en": (
            "All {units} units of layer {number} ({name}) begin with the same weights ({value:.3g}), and so "
            "they stay the same."
        ),
        "es": (
            "Las {units} unidades de la capa {number} ({name}) empiezan con los mismos pesos ({value:.3g}), y "
            "así siguen iguales."
        ),
    },
    "bad_initialization.size": {
        "en": (
            "The weights of layer {number} ({name}) begin with a standard deviation of {std:.3g}, where "
            "{inputs} inputs ask for about {fit:.3g}; the outputs of the layers go from {first:.3g} to "
            "{last:.3g}."
        ),
        "es": (
            "Los pesos de la capa {number} ({name}) empiezan con una desviación típica de {std:.3g}, cuando "
            "{inputs} entradas piden cerca de {fit:.3g}; las salidas de las capas van de {first:.3g} a "
            "{last:.3g}."
        ),
    },
    "bad_initialization.bias": {
        "en": (
            "The biases of layer {number} ({name}) begin at {value:.3g}, beyond all that its inputs bring: "
            "{dead} of {units} units give 0 for every row."
        ),
        "es": (
            "Los sesgos de la capa {number} ({name}) empiezan en {value:.3g}, más allá de lo que aportan sus "
            "entradas: {dead} de {units} unidades dan 0 en todas las filas."
        ),
    },
    "remedy.bad_initialization": {
        "en": 'Leave the initializers out, or use "glorot_uniform" ("he_normal" with relu) and biases of zeros.',
        "es": 'Quita los inicializadores, o usa "glorot_uniform" ("he_normal" con relu) y sesgos a cero.',
    },
    "model_too_small": {
        "en": (
            "Layer {number} ({name}) has {units} unit(s). A wider copy reaches {better:.3g} in place of "
            "{now:.3g} ({score}) in as many updates."
        ),
        "es": (
            "Unidades de la capa {number} ({name}): {units}. Una copia más ancha llega a {better:.3g} en "
            "lugar de {now:.3g} ({score}) con las mismas actualizaciones."
        ),
    },
    "model_too_small.no_hidden": {
        "en": (
            "There is no hidden layer, so the model is linear. With one of 32 units the same training reaches "
            "{better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "No hay capa oculta, así que el modelo es lineal. Con una de 32 unidades el mismo entrenamiento "
            "llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "remedy.model_too_small": {
        "en": "Use more units or a further hidden layer.",
        "es": "Usa más unidades u otra capa oculta.",
    },
    "over_regularization.penalty": {
        "en": (
            "The penalties make {penalty:.3g} of a loss of {loss:.3g} at the start. Without them the same "
            "training reaches {better:.3g} in place of {now:.3g} ({score})."
        ),
        "es": (
            "Las penalizaciones son {penalty:.3g} de una pérdida de {loss:.3g} al empezar. Sin ellas el mismo "
            "entrenamiento llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "over_regularization.dropout": {
        "en": (
            "Layer {number} ({name}) drops {rate:.0%}. Without dropout the same training reaches {better:.3g} "
            "in place of {now:.3g} ({score})."
        ),
        "es": (
            "La capa {number} ({name}) apaga el {rate:.0%}. Sin dropout el mismo entrenamiento llega a "
            "{better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "over_regularization.last": {
        "en": (
            "Layer {number} ({name}) drops {rate:.0%} of the outputs themselves, after the last layer with weights."
        ),
        "es": "La capa {number} ({name}) apaga el {rate:.0%} de las propias salidas, tras la última capa con pesos.",
    },
    "remedy.over_regularization": {
        "en": "Use a weaker penalty or a lower rate, and no dropout after the last layer.",
        "es": "Usa una penalización o una tasa menor, y nada de dropout tras la última capa.",
    },
    "frozen_weights.all": {
        "en": "None of the {weights:,} weights is trainable: {updates:,} updates change nothing.",
        "es": "Ninguno de los {weights:,} pesos es entrenable: {updates:,} actualizaciones no cambian nada.",
    },
    "frozen_weights.some": {
        "en": (
            "Layer {number} ({name}) is frozen. Trained with the rest, the same training reaches {better:.3g} "
            "in place of {now:.3g} ({score})."
        ),
        "es": (
            "La capa {number} ({name}) está congelada. Si se entrena con el resto, el mismo entrenamiento "
            "llega a {better:.3g} en lugar de {now:.3g} ({score})."
        ),
    },
    "remedy.frozen_weights": {
        "en": "Set trainable = True, then compile again.",
        "es": "Pon trainable = True y compila de nuevo.",
    },
    # -- validation --------------------------------------------------------------------------------------------
    "overfitting": {
        "en": (
            "val_loss was {best:.3g} after epoch {epoch} and is {last:.3g} at the end, while the loss on the "
            "training rows is {loss:.3g}."
        ),
        "es": (
            "val_loss era {best:.3g} tras la época {epoch} y es {last:.3g} al final, mientras que la pérdida "
            "en las filas de entrenamiento es {loss:.3g}."
        ),
    },
    "remedy.overfitting": {
        "en": (
            "Stop there: EarlyStopping(patience=3, restore_best_weights=True); or use more rows, fewer units, dropout."
        ),
        "es": (
            "Para ahí: EarlyStopping(patience=3, restore_best_weights=True); o usa más filas, menos unidades, dropout."
        ),
    },
    "data_leakage.column": {
        "en": (
            "Column {column} of x alone gives y in {alone:.1%} of the rows, all the others together in {others:.1%}."
        ),
        "es": (
            "La columna {column} de x por sí sola da y en el {alone:.1%} de las filas; todas las demás juntas, "
            "en el {others:.1%}."
        ),
    },
    "data_leakage.rows": {
        "en": "{shared:,} of {rows:,} rows of the validation data are rows that the model is trained on.",
        "es": "{shared:,} de {rows:,} filas de validación son filas con las que se entrena el modelo.",
    },
    "remedy.data_leakage.column": {
        "en": "Ask whether it will be known at the time of prediction; if not, take it out.",
        "es": "Pregúntate si se conocerá al predecir; si no, quítala.",
    },
    "remedy.data_leakage.rows": {
        "en": "Validate on rows that are not in x.",
        "es": "Valida con filas que no estén en x.",
    },
    "unshuffled_data.split": {
        "en": (
            "validation_split takes the last {rows:,} rows, of which {share:.0%} are of class {label}; among "
            "the others it is {rest:.0%}."
        ),
        "es": (
            "validation_split toma las últimas {rows:,} filas, de las que el {share:.0%} es de la clase "
            "{label}; entre las demás es el {rest:.0%}."
        ),
    },
    "unshuffled_data.order": {
        "en": (
            "With shuffle=False each batch has the rows as they stand, and {share:.0%} of neighbouring rows "
            "are of one class; mixed it would be {mixed:.0%}."
        ),
        "es": (
            "Con shuffle=False cada lote tiene las filas como están, y el {share:.0%} de las filas vecinas es "
            "de la misma clase; mezcladas sería el {mixed:.0%}."
        ),
    },
    "remedy.unshuffled_data.split": {
        "en": "Mix x and y together before fit: order = np.random.permutation(len(x)).",
        "es": "Mezcla x e y juntas antes de fit: orden = np.random.permutation(len(x)).",
    },
    "remedy.unshuffled_data.order": {"en": "Leave shuffle=False out.", "es": "Quita shuffle=False."},
    "train_validation_mismatch": {
        "en": (
            "Column {column} of the validation {array} has mean {mean:.3g} and standard deviation {std:.3g}, "
            "in training {train_mean:.3g} and {train_std:.3g}."
        ),
        "es": (
            "La columna {column} de {array} de validación tiene media {mean:.3g} y desviación típica "
            "{std:.3g}; en entrenamiento {train_mean:.3g} y {train_std:.3g}."
        ),
    },
    "remedy.train_validation_mismatch": {
        "en": "Prepare both alike, with the numbers of the training rows.",
        "es": "Prepara ambas igual, con los números de las filas de entrenamiento.",
    },
    "class_imbalance": {
        "en": (
            "{share:.1%} of y are of class {label}, and the model finds {found} of these {count:,} rows; the "
            "accuracy of {accuracy:.1%} is that of the common class."
        ),
        "es": (
            "El {share:.1%} de y es de la clase {label}, y el modelo encuentra {found} de esas {count:,} "
            "filas; la exactitud del {accuracy:.1%} es la de la clase común."
        ),
    },
    "remedy.class_imbalance": {
        "en": "Use class_weight={{{label}: {weight:.0f}, …}} in fit, and look at recall.",
        "es": "Usa class_weight={{{label}: {weight:.0f}, …}} en fit, y mira la exhaustividad (recall).",
    },
    # -- what has no name --------------------------------------------------------------------------------------
    "refused": {"en": "fit refuses: {error}", "es": "fit se niega: {error}"},
    "remedy.refused": {"en": "Change what it names.", "es": "Cambia lo que nombra."},
    "nothing_to_learn": {
        "en": "The model does no better than a constant answer, and neither does a plain network on held-out rows.",
        "es": "El modelo no supera a una respuesta constante, y tampoco una red sencilla en filas reservadas.",
    },
    "remedy.nothing_to_learn": {
        "en": "Perhaps x says nothing about y: are their rows in the same order?",
        "es": "Quizá x no diga nada de y: ¿están sus filas en el mismo orden?",
    },
    "unknown": {
        "en": (
            "A plain network reaches {better:.3g} on held-out rows, this training {now:.3g} ({score}), and no "
            "single change that was tried repairs it."
        ),
        "es": (
            "Una red sencilla llega a {better:.3g} en filas reservadas, este entrenamiento a {now:.3g} "
            "({score}), y ningún cambio probado lo repara por sí solo."
        ),
    },
    "remedy.unknown": {
        "en": "Begin with a small network that learns, and add one thing at a time.",
        "es": "Empieza con una red pequeña que aprenda, y añade una cosa cada vez.",
    },
    "score.accuracy": {"en": "accuracy", "es": "exactitud"},
    "score.r2": {"en": "R²", "es": "R²"},
}


def sentence(key, language="en", **fields):
    """The sentence of a key in a language, filled; a field that is a key's own sentence is filled first.

    Raises:
        KeyError: there is no such key.
        ValueError: a language that the table does not have.

    Example:
        >>> sentence("place.layer", "es", number=0, name="dense")
        'capa 0 (dense)'
    """
    if language not in LANGUAGES:
        raise ValueError(f"language expects one of {', '.join(map(repr, LANGUAGES))}; received {language!r}.")
    fields = {name: value(language) if callable(value) else value for name, value in fields.items()}
    return SENTENCES[key][language].format(**fields)
