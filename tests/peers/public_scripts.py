"""Thirty scripts as public pages write them, anew and with small data: by name, (source, text, today).

`today` has, for real Keras 3, the words of today by those of Keras 1 and 2; None where Keras 3 takes the text as it is.
"""

PIMA = (
    "https://machinelearningmastery.com/tutorial-first-neural-network-python-keras/",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense

dataset = np.random.default_rng(0).random((60, 9))
X, y = dataset[:, 0:8], (dataset[:, 8] > 0.5).astype(int)
model = Sequential()
model.add(Dense(12, input_dim=8, activation='relu'))
model.add(Dense(8, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
begin(model)
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(X, y, epochs=5, batch_size=10, shuffle=False, verbose=0)
_, accuracy = model.evaluate(X, y, verbose=0)
print('Accuracy: %.2f' % (accuracy * 100))
predictions = (model.predict(X) > 0.5).astype(int)
for i in range(3):
    print('%s => %d (expected %d)' % (X[i].tolist(), predictions[i, 0], y[i]))
result = [accuracy, predictions, model.predict(X)]
""",
    None,
)

CONVNET = (
    "https://keras.io/getting_started/intro_to_keras_for_engineers/",
    """
import numpy as np
import keras

x_train = np.random.default_rng(0).random((48, 12, 12)).astype("float32")
y_train = np.arange(48) % 4
x_train = np.expand_dims(x_train, -1)
num_classes = 4
model = keras.Sequential(
    [
        keras.layers.Input(shape=(12, 12, 1)),
        keras.layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
        keras.layers.Conv2D(8, kernel_size=(3, 3), activation="relu"),
        keras.layers.MaxPooling2D(pool_size=(2, 2)),
        keras.layers.Conv2D(16, kernel_size=(3, 3), activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dropout(0.0),
        keras.layers.Dense(num_classes, activation="softmax"),
    ]
)
model.summary()
begin(model)
model.compile(
    loss=keras.losses.SparseCategoricalCrossentropy(),
    optimizer=keras.optimizers.Adam(learning_rate=1e-3),
    metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")],
)
callbacks = [
    keras.callbacks.ModelCheckpoint(filepath="model_at_epoch_{epoch}.keras"),
    keras.callbacks.EarlyStopping(monitor="val_loss", patience=2),
]
history = model.fit(
    x_train, y_train, batch_size=16, epochs=2, validation_split=0.15, callbacks=callbacks, shuffle=False, verbose=2
)
score = model.evaluate(x_train, y_train, verbose=0)
model.save("final_model.keras")
model = keras.saving.load_model("final_model.keras")
result = [score, history.history["val_loss"], history.history["acc"], model.predict(x_train)]
""",
    None,
)

OWN_DENSE = (
    "https://keras.io/getting_started/intro_to_keras_for_engineers/ (custom components)",
    """
import numpy as np
import keras
from keras import layers


class MyDense(keras.layers.Layer):
    def __init__(self, units, activation=None, name=None):
        super().__init__(name=name)
        self.units = units
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        input_dim = input_shape[-1]
        self.w = self.add_weight(
            shape=(input_dim, self.units), initializer=keras.initializers.GlorotNormal(), name="kernel", trainable=True
        )
        self.b = self.add_weight(
            shape=(self.units,), initializer=keras.initializers.Zeros(), name="bias", trainable=True
        )

    def call(self, inputs):
        x = keras.ops.matmul(inputs, self.w) + self.b
        return self.activation(x)


class MyDropout(keras.layers.Layer):
    def __init__(self, rate, name=None):
        super().__init__(name=name)
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, inputs, training=None):
        if training:
            return keras.random.dropout(inputs, self.rate, seed=self.seed_generator)
        return inputs


class MyModel(keras.Model):
    def __init__(self, num_classes):
        super().__init__()
        self.conv_base = keras.Sequential([layers.Conv2D(4, 3, activation="relu"), layers.GlobalMaxPooling2D()])
        self.dp = MyDropout(0.0)
        self.dense = MyDense(num_classes, activation="softmax")

    def call(self, x):
        return self.dense(self.dp(self.conv_base(x)))


x = np.random.default_rng(0).random((24, 8, 8, 1)).astype("float32")
y = np.arange(24) % 3
model = MyModel(num_classes=3)
model(x[:1])
begin(model)
model.compile(loss=keras.losses.SparseCategoricalCrossentropy(), optimizer=keras.optimizers.Adam(1e-2),
              metrics=[keras.metrics.SparseCategoricalAccuracy(name="acc")])
history = model.fit(x, y, batch_size=8, epochs=2, verbose=0, shuffle=False)
result = [history.history["loss"], model.predict(x)]
""",
    None,
)

AUTOENCODER = (
    "https://blog.keras.io/building-autoencoders-in-keras.html",
    """
import numpy as np
import keras
from keras import layers
from keras import regularizers

encoding_dim = 6
input_img = keras.Input(shape=(20,))
encoded = layers.Dense(encoding_dim, activation='relu', activity_regularizer=regularizers.l1(10e-5))(input_img)
decoded = layers.Dense(20, activation='sigmoid')(encoded)
autoencoder = keras.Model(input_img, decoded)
encoder = keras.Model(input_img, encoded)
encoded_input = keras.Input(shape=(encoding_dim,))
decoder_layer = autoencoder.layers[-1]
decoder = keras.Model(encoded_input, decoder_layer(encoded_input))
begin(autoencoder)
autoencoder.compile(optimizer='adam', loss='binary_crossentropy')
x_train = np.random.default_rng(0).random((40, 4, 5)).astype('float32')
x_train = x_train.reshape((len(x_train), np.prod(x_train.shape[1:])))
history = autoencoder.fit(x_train, x_train, epochs=3, batch_size=8, shuffle=False, verbose=0,
                          validation_data=(x_train[:8], x_train[:8]))
encoded_imgs = encoder.predict(x_train)
decoded_imgs = decoder.predict(encoded_imgs)
result = [history.history["val_loss"], encoded_imgs, decoded_imgs, decoded_imgs.mean()]
""",
    None,
)

CONV_AUTOENCODER = (
    "https://blog.keras.io/building-autoencoders-in-keras.html (convolutional, denoising)",
    """
import keras
import numpy as np
from keras import layers
from keras.callbacks import TensorBoard

input_img = keras.Input(shape=(8, 8, 1))
x = layers.Conv2D(4, (3, 3), activation='relu', padding='same')(input_img)
x = layers.MaxPooling2D((2, 2), padding='same')(x)
x = layers.Conv2D(2, (3, 3), activation='relu', padding='same')(x)
encoded = layers.MaxPooling2D((2, 2), padding='same')(x)
x = layers.Conv2D(2, (3, 3), activation='relu', padding='same')(encoded)
x = layers.UpSampling2D((2, 2))(x)
x = layers.Conv2D(4, (3, 3), activation='relu', padding='same')(x)
x = layers.UpSampling2D((2, 2))(x)
decoded = layers.Conv2D(1, (3, 3), activation='sigmoid', padding='same')(x)
autoencoder = keras.Model(input_img, decoded)
begin(autoencoder)
autoencoder.compile(optimizer='adam', loss='binary_crossentropy')
rng = np.random.default_rng(0)
clean = rng.random((16, 8, 8, 1))
noisy = np.clip(clean + 0.5 * rng.normal(loc=0.0, scale=1.0, size=clean.shape), 0.0, 1.0)
autoencoder.fit(noisy, clean, epochs=2, batch_size=8, shuffle=False, verbose=0, validation_data=(noisy, clean))
result = [autoencoder.predict(noisy), autoencoder.evaluate(noisy, clean, verbose=0)]
""",
    None,
)

SEQUENTIAL_GUIDE = (
    "https://github.com/loulidanyl/RESEAU-NEURONES---Projet (test-keras.py)",
    """
import keras
import numpy as np
from keras.models import Sequential
from keras.layers import Dense

rng = np.random.default_rng(0)
x_train, labels = rng.random((40, 10)), rng.integers(0, 4, (40, 1))
y_train = keras.utils.to_categorical(labels, num_classes=4)
model = Sequential()
model.add(Dense(units=16, activation='relu', input_dim=10))
model.add(Dense(units=4, activation='softmax'))
begin(model)
model.compile(loss=keras.losses.categorical_crossentropy,
              optimizer=keras.optimizers.SGD(lr=0.01, momentum=0.9, nesterov=True), metrics=['accuracy'])
model.fit(x_train, y_train, epochs=5, batch_size=32, shuffle=False, verbose=0)
model.train_on_batch(x_train[:8], y_train[:8])
loss_and_metrics = model.evaluate(x_train, y_train, batch_size=128, verbose=0)
classes = model.predict(x_train, batch_size=128)
result = [loss_and_metrics, classes]
""",
    {"lr=": "learning_rate="},
)

XOR = (
    "https://www.aprendemachinelearning.com/una-sencilla-red-neuronal-en-python-con-keras-y-tensorflow/",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.models import model_from_json

training_data = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], "float32")
target_data = np.array([[0], [1], [1], [0]], "float32")
model = Sequential()
model.add(Dense(16, input_dim=2, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
begin(model)
model.compile(loss='mean_squared_error', optimizer='adam', metrics=['binary_accuracy'])
model.fit(training_data, target_data, epochs=20, verbose=0, shuffle=False)
scores = model.evaluate(training_data, target_data, verbose=0)
print("\\n%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
model_json = model.to_json()
with open("model.json", "w") as json_file:
    json_file.write(model_json)
model.save_weights("model.weights.h5")
with open("model.json") as json_file:
    loaded_model = model_from_json(json_file.read())
loaded_model.load_weights("model.weights.h5")
loaded_model.compile(loss='mean_squared_error', optimizer='adam', metrics=['binary_accuracy'])
result = [scores, loaded_model.predict(training_data).round(), loaded_model.evaluate(training_data, target_data)]
""",
    None,
)

IRIS = (
    "https://github.com/guipaleari/udemy_estudo_python",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.utils import to_categorical

rng = np.random.default_rng(3)
classe = np.repeat([0, 1, 2], 20)
prever = rng.normal(size=(60, 4)) + classe[:, None]
modelo = Sequential()
modelo.add(Dense(units=5, input_dim=4))
modelo.add(Dense(units=4, activation='tanh'))
modelo.add(Dense(units=3, activation='softmax'))
modelo.summary()
begin(modelo)
modelo.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
y = to_categorical(classe)
historico = modelo.fit(prever, y, epochs=4, validation_data=(prever[::3], y[::3]), verbose=0, shuffle=False)
previsoes = np.argmax(modelo.predict(prever), axis=1)
matriz = np.zeros((3, 3))
for certa, dada in zip(classe, previsoes):
    matriz[certa, dada] += 1
result = [historico.history['val_accuracy'], historico.history['loss'], matriz]
""",
    None,
)

MLP_OF_KERAS_1 = (
    "https://github.com/keras-team/keras/blob/1.2.2/examples/reuters_mlp.py",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Activation
from keras.preprocessing.text import Tokenizer
from keras.utils import np_utils

texts = ["grain and wheat prices rise", "oil prices fall", "wheat export", "crude oil output", "oil and gas"] * 6
y_train = np.array([0, 1, 0, 1, 1] * 6)
max_words, batch_size, nb_epoch = 12, 8, 3
nb_classes = int(np.max(y_train)) + 1
tokenizer = Tokenizer(nb_words=max_words)
tokenizer.fit_on_texts(texts)
X_train = tokenizer.sequences_to_matrix(tokenizer.texts_to_sequences(texts), mode='binary')
Y_train = np_utils.to_categorical(y_train, nb_classes)
model = Sequential()
model.add(Dense(16, input_shape=(max_words,)))
model.add(Activation('relu'))
model.add(Dropout(0.0))
model.add(Dense(nb_classes))
model.add(Activation('softmax'))
begin(model)
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(X_train, Y_train, nb_epoch=nb_epoch, batch_size=batch_size, verbose=0, validation_split=0.1,
                    shuffle=False)
score = model.evaluate(X_train, Y_train, batch_size=batch_size, verbose=0)
result = [score, history.history['loss'], model.predict(X_train)]
""",
    {
        "from keras.preprocessing.text import Tokenizer\n": "",
        "from keras.utils import np_utils\n": "from keras.utils import to_categorical\n",
        "np_utils.to": "to",
        "nb_epoch=nb_epoch": "epochs=nb_epoch",
        "tokenizer = Tokenizer(nb_words=max_words)\ntokenizer.fit_on_texts(texts)\n": (
            "counts = {}\nfor w in ' '.join(texts).split():\n    counts[w] = counts.get(w, 0) + 1\n"
            "index = {w: i + 1 for i, w in enumerate(sorted(counts, key=lambda w: -counts[w]))}\n"
        ),
        "tokenizer.sequences_to_matrix(tokenizer.texts_to_sequences(texts), mode='binary')": (
            "np.array([[float(any(index[w] == i for w in t.split())) for i in range(max_words)] for t in texts])"
        ),
    },
)

IMAGES_OF_KERAS_2 = (
    "https://github.com/search?q=Convolution2D+predict_classes+mnist (student repositories)",
    """
import keras
import numpy as np
from keras.models import Sequential
from keras.layers import Convolution2D
from keras.layers import MaxPooling2D
from keras.layers import Flatten
from keras.layers import Dropout
from keras.layers import Dense

rng = np.random.default_rng(0)
x_train, y_train = rng.random((32, 8, 8, 1)), np.eye(3)[np.arange(32) % 3]
model = Sequential()
model.add(Convolution2D(6, (3, 3), activation='relu', input_shape=(8, 8, 1)))
model.add(MaxPooling2D(pool_size=(2, 2)))
model.add(Flatten())
model.add(Dense(activation='relu', units=12))
model.add(Dense(activation='softmax', units=3))
begin(model)
model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])
model.fit(x_train, y_train, epochs=3, batch_size=8, shuffle=False, verbose=0)
prediction = model.predict_classes(x_train)
result = [prediction, model.predict(x_train), model.evaluate(x_train, y_train, verbose=0)]
""",
    {"model.predict_classes(x_train)": "model.predict(x_train).argmax(axis=-1)"},
)

PLATEAU = (
    "https://github.com/search?q=ReduceLROnPlateau+steps_per_epoch+predict_classes (Fashion-MNIST notebooks)",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Conv2D, MaxPool2D, Flatten, Dropout, BatchNormalization
from keras.callbacks import ReduceLROnPlateau, EarlyStopping
from keras.optimizers import Adam
from keras.losses import sparse_categorical_crossentropy

rng = np.random.default_rng(0)
x_train, y_train = rng.random((32, 8, 8, 1)).astype("float32"), np.arange(32) % 4
x_val, y_val = x_train[:8], y_train[:8]


def build_model():
    model = Sequential()
    model.add(Conv2D(8, (3, 3), padding="same", use_bias=False, activation="relu", input_shape=x_train.shape[1:]))
    model.add(BatchNormalization())
    model.add(MaxPool2D((2, 2)))
    model.add(Flatten())
    model.add(Dense(8, activation="elu", kernel_initializer="he_uniform"))
    model.add(Dense(4, activation="softmax"))
    model.compile(optimizer=Adam(learning_rate=0.001), metrics=["accuracy"], loss=sparse_categorical_crossentropy)
    return model


model = build_model()
begin(model)
reducer = ReduceLROnPlateau(monitor='loss', patience=3, factor=0.75, min_lr=0.000001, verbose=1)
stop = EarlyStopping(monitor="loss", patience=5, min_delta=0.000000000001, mode="min")
history = model.fit(x_train, y_train, epochs=4, validation_data=(x_val, y_val), verbose=0, batch_size=8,
                    steps_per_epoch=x_train.shape[0] // 8, callbacks=[reducer, stop], shuffle=False)
result = [history.history["accuracy"], history.history["val_loss"], model.predict(x_val)]
""",
    None,
)

HISTORY_ACC = (
    "https://github.com/search?q=show_train_history+acc+val_acc (Keras 2 notebooks)",
    """
import numpy as np
from keras.utils import np_utils
from keras.models import Sequential
from keras.layers import Dense

rng = np.random.default_rng(1)
x_Train, y_Train = rng.random((50, 16)).astype('float32'), rng.integers(0, 5, 50)
y_TrainOneHot = np_utils.to_categorical(y_Train)
model = Sequential()
model.add(Dense(units=24, input_dim=16, kernel_initializer='normal', activation='relu'))
model.add(Dense(units=5, kernel_initializer='normal', activation='softmax'))
begin(model)
model.compile(loss='categorical_crossentropy', optimizer='adam', metrics=['accuracy'])
train_history = model.fit(x=x_Train, y=y_TrainOneHot, validation_split=0.2, epochs=4, batch_size=10, verbose=2,
                          shuffle=False)


def show_train_history(train_history, train, validation):
    return train_history.history[train], train_history.history[validation]


result = [show_train_history(train_history, 'acc', 'val_acc'), show_train_history(train_history, 'loss', 'val_loss')]
""",
    {
        "from keras.utils import np_utils\n": "from keras.utils import to_categorical\n",
        "np_utils.to": "to",
        "'acc', 'val_acc'": "'accuracy', 'val_accuracy'",
        "kernel_initializer='normal'": "kernel_initializer='random_normal'",
    },
)

WORDS = (
    "https://github.com/stevethetechguy/AIandMachineLearningforCoders (Chapter 6)",
    """
import numpy as np
import keras
from keras.preprocessing.text import Tokenizer
from keras.preprocessing.sequence import pad_sequences

sentences = ["Today is a sunny day!", "Today is a rainy day.", "Is it sunny today?", "I really enjoyed walking"] * 4
labels = np.array([1, 0, 1, 1] * 4)
tokenizer = Tokenizer(num_words=100, oov_token="<OOV>")
tokenizer.fit_on_texts(sentences)
word_index = tokenizer.word_index
sequences = tokenizer.texts_to_sequences(sentences + ["Today is snowy"])
padded = pad_sequences(sequences, maxlen=6, padding='post', truncating='post')
model = keras.Sequential([
    keras.layers.Embedding(100, 4),
    keras.layers.GlobalAveragePooling1D(),
    keras.layers.Dense(6, activation='relu'),
    keras.layers.Dense(1, activation='sigmoid')
])
model.build((None, 6))
begin(model)
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(padded[:16], labels, epochs=3, verbose=0, shuffle=False)
result = [history.history['loss'], model.predict(padded), padded[0], padded[-1]]
""",
    {
        "from keras.preprocessing.text import Tokenizer\n": "",
        "from keras.preprocessing.sequence import": "from keras.utils import",
        'tokenizer = Tokenizer(num_words=100, oov_token="<OOV>")\ntokenizer.fit_on_texts(sentences)\n': (
            "words = [[w.strip('!.?').lower() for w in t.split()] for t in sentences]\n"
            "counts = {}\nfor t in words:\n    for w in t:\n        counts[w] = counts.get(w, 0) + 1\n"
        ),
        "word_index = tokenizer.word_index\n": (
            "word_index = {w: i + 2 for i, w in enumerate(sorted(counts, key=lambda w: -counts[w]))}\n"
        ),
        'tokenizer.texts_to_sequences(sentences + ["Today is snowy"])': (
            "[[word_index.get(w, 1) for w in t] for t in [*words, ['today', 'is', 'snowy']]]"
        ),
    },
)

SENTIMENT = (
    "https://github.com/mutawassimin/QDLP (6_cnnModelIMDB.py)",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Embedding
from keras.layers import Conv1D
from keras.layers import MaxPooling1D
from keras.layers import Flatten
from keras.layers import Dense

vocab_size, max_length = 30, 12
rng = np.random.default_rng(2)
Xtrain, ytrain = rng.integers(0, vocab_size, (24, max_length)), rng.integers(0, 2, 24)
model = Sequential()
model.add(Embedding(vocab_size, 8, input_length=max_length))
model.add(Conv1D(filters=6, kernel_size=4, activation='relu'))
model.add(MaxPooling1D(pool_size=2))
model.add(Flatten())
model.add(Dense(10, activation='relu'))
model.add(Dense(1, activation='sigmoid'))
model.build((None, max_length))
print(model.summary())
begin(model)
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
model.fit(Xtrain, ytrain, epochs=3, verbose=2, shuffle=False)
loss, acc = model.evaluate(Xtrain, ytrain, verbose=0)
model.save('model.h5')
print('Test Accuracy: %f' % (acc * 100))
result = [loss, acc, model.predict(Xtrain)]
""",
    {"8, input_length=max_length": "8"},
)

WEIGHTED_LOSS = (
    "https://keras.io/api/losses/#creating-custom-losses and segmentation repositories",
    """
import keras
import numpy as np


def weighted_bce(pos_weight):
    def loss(y_true, y_pred):
        y_true = keras.ops.cast(y_true, dtype='float32')
        bce = keras.losses.binary_crossentropy(y_true, y_pred)
        weights = y_true * pos_weight + (1 - y_true)
        return keras.ops.mean(keras.ops.expand_dims(bce, -1) * weights)
    return loss


def dice_coef(y_true, y_pred, smooth=1.0):
    y_true_f = keras.ops.reshape(keras.ops.cast(y_true, "float32"), (-1,))
    y_pred_f = keras.ops.reshape(y_pred, (-1,))
    intersection = keras.ops.sum(y_true_f * y_pred_f)
    return (2.0 * intersection + smooth) / (keras.ops.sum(y_true_f) + keras.ops.sum(y_pred_f) + smooth)


rng = np.random.default_rng(0)
x, y = rng.random((16, 8, 8, 1)), rng.integers(0, 2, (16, 8, 8, 1))
inputs = keras.Input((8, 8, 1))
c1 = keras.layers.Conv2D(4, 3, padding="same", activation="relu", kernel_initializer="he_normal")(inputs)
p1 = keras.layers.MaxPooling2D()(c1)
c2 = keras.layers.Conv2D(8, 3, padding="same", activation="relu")(p1)
u1 = keras.layers.Conv2DTranspose(4, (2, 2), strides=(2, 2), padding="same")(c2)
u1 = keras.layers.concatenate([u1, c1])
outputs = keras.layers.Conv2D(1, (1, 1), activation="sigmoid")(u1)
model = keras.Model(inputs=[inputs], outputs=[outputs])
begin(model)
model.compile(optimizer="adam", loss=weighted_bce(9.0), metrics=[dice_coef])
history = model.fit(x, y, batch_size=4, epochs=2, verbose=0, shuffle=False)
pred = model.predict(x)
result = [history.history["loss"], history.history["dice_coef"], np.reshape(pred, (16, 8, 8, 1))]
""",
    None,
)

ATTENTION_OF_CHANNELS = (
    "https://keras.io/api/ops/ and CBAM blocks of segmentation repositories",
    """
import keras
import numpy as np


def cbam(inputs, ratio=2):
    filters = inputs.shape[-1]
    pool_average = keras.layers.GlobalAveragePooling2D()(inputs)
    pool_max = keras.layers.GlobalMaxPooling2D()(inputs)
    mlp_1 = keras.layers.Dense(filters // ratio, activation="relu")
    mlp_2 = keras.layers.Dense(filters, activation="sigmoid")
    attention = keras.layers.Add()([mlp_2(mlp_1(pool_average)), mlp_2(mlp_1(pool_max))])
    attention = keras.layers.Reshape((1, 1, filters))(attention)
    hidden = keras.layers.Multiply()([inputs, attention])
    average = keras.layers.Lambda(
        lambda x: keras.ops.mean(x, axis=-1, keepdims=True), output_shape=(hidden.shape[1], hidden.shape[2], 1)
    )(hidden)
    largest = keras.layers.Lambda(
        lambda x: keras.ops.max(x, axis=-1, keepdims=True), output_shape=(hidden.shape[1], hidden.shape[2], 1)
    )(hidden)
    both = keras.layers.Concatenate(axis=-1)([average, largest])
    spatial = keras.layers.Conv2D(1, kernel_size=3, padding="same", activation="sigmoid")(both)
    return keras.layers.Multiply()([hidden, spatial])


rng = np.random.default_rng(0)
x, y = rng.random((16, 6, 6, 2)), rng.integers(0, 2, 16)
inputs = keras.Input(shape=(6, 6, 2))
z = keras.layers.Conv2D(4, 3, activation="relu")(inputs)
z = cbam(z)
outputs = keras.layers.Dense(1, activation="sigmoid")(keras.layers.Flatten()(z))
model = keras.Model(inputs, outputs, name="attention")
begin(model)
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss="binary_crossentropy", metrics=["AUC"])
model.fit(x, y, epochs=2, batch_size=4, verbose=0, shuffle=False)
result = [model.predict(x), model.count_params(), model.evaluate(x, y, verbose=0)[0]]
""",
    None,
)

SIMPLE_DENSE = (
    "https://github.com/beatrizalmeidaf/neural-networks (Deep Learning with Python, chapter 3)",
    """
import numpy as np
import keras


class SimpleDense(keras.layers.Layer):
    def __init__(self, units, activation=None):
        super().__init__()
        self.units = units
        self.activation = activation

    def build(self, input_shape):
        input_dim = input_shape[-1]
        self.W = self.add_weight(shape=(input_dim, self.units), initializer="random_normal")
        self.b = self.add_weight(shape=(self.units,), initializer="zeros")

    def call(self, inputs):
        y = keras.ops.matmul(inputs, self.W) + self.b
        if self.activation is not None:
            y = self.activation(y)
        return y


my_dense = SimpleDense(units=8, activation=keras.ops.relu)
output_tensor = my_dense(keras.ops.ones(shape=(2, 20)))
print(output_tensor.shape)
model = keras.Sequential([keras.Input((20,)), SimpleDense(8, keras.activations.relu), SimpleDense(1)])
begin(model)
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=1e-4), loss=keras.losses.MeanSquaredError(),
              metrics=[keras.metrics.MeanAbsoluteError()])
rng = np.random.default_rng(0)
inputs, targets = rng.normal(size=(50, 20)), rng.normal(size=(50, 1))
indices = np.arange(50)
num_validation = int(0.3 * len(inputs))
val_inputs, val_targets = inputs[indices[:num_validation]], targets[indices[:num_validation]]
training_inputs, training_targets = inputs[indices[num_validation:]], targets[indices[num_validation:]]
history = model.fit(training_inputs, training_targets, epochs=3, batch_size=16, shuffle=False, verbose=0,
                    validation_data=(val_inputs, val_targets))
result = [history.history["val_mean_absolute_error"], model.predict(val_inputs, batch_size=128), output_tensor.shape]
""",
    None,
)

HELLO_WORLD = (
    "https://github.com/sergiomasavi/TensorFlow-DeepLearningAI",
    """
import numpy as np
import keras as ks

model = ks.Sequential([ks.layers.Dense(units=1, input_shape=[1])])
begin(model)
model.compile(optimizer='sgd', loss='mean_squared_error')
xs = np.array([-1.0, 0.0, 1.0, 2.0, 3.0, 4.0], dtype=float)
ys = np.array([-3.0, -1.0, 1.0, 3.0, 5.0, 7.0], dtype=float)
model.fit(xs, ys, epochs=60, verbose=0)
result = [model.predict(np.array([10.0])), model.layers[0].get_weights()]
""",
    None,
)

NORMALIZED = (
    "https://javaeeeee.medium.com/binary-classification-with-tensorflow-2-bc70f0cc7035",
    """
import numpy as np
import keras
from keras import layers

rng = np.random.default_rng(0)
x_train, y_train = rng.normal(3, 5, size=(40, 8)).astype("float32"), rng.integers(0, 2, 40)
norm = layers.Normalization(axis=-1)
norm.adapt(x_train)
print(norm.mean.shape, norm.variance.shape)
model = keras.Sequential([
    keras.Input(shape=(8,)),
    norm,
    layers.Dense(5, activation="relu", kernel_initializer="he_normal"),
    layers.Dropout(0.0),
    layers.Dense(5, activation="relu", kernel_initializer=keras.initializers.HeNormal(seed=1)),
    layers.Dense(1, activation="sigmoid", kernel_initializer="glorot_normal"),
])
weights = [np.full(w.shape, 0.1) for w in model.trainable_weights]
for variable, value in zip(model.trainable_weights, weights):
    variable.assign(value)
model.compile(loss=keras.losses.BinaryCrossentropy(), optimizer=keras.optimizers.Adam(1e-3),
              metrics=[keras.metrics.BinaryAccuracy(name="accuracy"), "Precision", "Recall"])
history = model.fit(x_train, y_train, epochs=3, validation_split=0.2, shuffle=False, verbose=0)
threshold = (model.predict(x_train) > 0.5).astype("int32")
result = [np.array(norm(x_train)), history.history["val_loss"], history.history["accuracy"], threshold]
""",
    None,
)

HOUSES = (
    "https://elblogdelprogramador.com/posts/construye-tu-primera-red-neuronal-con-keras-en-2025",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense, Dropout, Input
from keras import regularizers

rng = np.random.default_rng(0)
X, Y = rng.random((60, 10)), rng.integers(0, 2, (60, 1))
X_train, X_val, Y_train, Y_val = X[:40], X[40:], Y[:40], Y[40:]
model_3 = Sequential([
    Input(shape=(10,)),
    Dense(32, activation='relu', kernel_regularizer=regularizers.l2(0.01)),
    Dropout(0.0),
    Dense(32, activation='relu', kernel_regularizer=regularizers.L1L2(l1=1e-5, l2=1e-4), bias_regularizer='l2'),
    Dense(1, activation='sigmoid', kernel_regularizer=regularizers.l2(0.01)),
])
begin(model_3)
model_3.compile(optimizer='sgd', loss='binary_crossentropy', metrics=['accuracy'])
hist_3 = model_3.fit(X_train, Y_train, batch_size=32, epochs=5, validation_data=(X_val, Y_val), shuffle=False,
                     verbose=0)
print(hist_3.params, hist_3.epoch)
result = [hist_3.history['loss'], hist_3.history['val_loss'], model_3.evaluate(X_val, Y_val)[1]]
""",
    None,
)

TICKETS = (
    "https://keras.io/guides/functional_api/",
    """
import numpy as np
import keras
from keras import layers

num_tags, num_words, num_departments = 6, 40, 3
title_input = keras.Input(shape=(None,), name="title")
body_input = keras.Input(shape=(None,), name="body")
tags_input = keras.Input(shape=(num_tags,), name="tags")
title_features = layers.GlobalAveragePooling1D()(layers.Embedding(num_words, 8)(title_input))
body_features = layers.Embedding(num_words, 8)(body_input)
body_features = layers.GlobalMaxPooling1D()(layers.Conv1D(8, 3, padding="same")(body_features))
x = layers.concatenate([title_features, body_features, tags_input])
priority_pred = layers.Dense(1, name="priority")(x)
department_pred = layers.Dense(num_departments, name="department")(x)
model = keras.Model(
    inputs=[title_input, body_input, tags_input],
    outputs={"priority": priority_pred, "department": department_pred},
)
begin(model)
model.compile(
    optimizer=keras.optimizers.RMSprop(1e-3),
    loss={
        "priority": keras.losses.BinaryCrossentropy(from_logits=True),
        "department": keras.losses.CategoricalCrossentropy(from_logits=True),
    },
    loss_weights={"priority": 1.0, "department": 0.2},
)
rng = np.random.default_rng(0)
title_data, body_data = rng.integers(num_words, size=(32, 5)), rng.integers(num_words, size=(32, 9))
tags_data = rng.integers(2, size=(32, num_tags)).astype("float32")
priority_targets, dept_targets = rng.random(size=(32, 1)), rng.integers(2, size=(32, num_departments))
history = model.fit(
    {"title": title_data, "body": body_data, "tags": tags_data},
    {"priority": priority_targets, "department": dept_targets},
    epochs=2, batch_size=8, verbose=0, shuffle=False,
)
found = model.predict({"title": title_data, "body": body_data, "tags": tags_data})
result = [history.history["loss"], found["priority"], found["department"]]
""",
    None,
)

RESIDUAL = (
    "https://keras.io/guides/functional_api/#a-toy-resnet-model",
    """
import keras
import numpy as np
from keras import layers

inputs = keras.Input(shape=(12, 12, 3), name="img")
x = layers.Conv2D(4, 3, activation="relu")(inputs)
x = layers.Conv2D(8, 3, activation="relu")(x)
block_1_output = layers.MaxPooling2D(2)(x)
x = layers.Conv2D(8, 3, activation="relu", padding="same")(block_1_output)
x = layers.Conv2D(8, 3, activation="relu", padding="same")(x)
block_2_output = layers.add([x, block_1_output])
x = layers.Conv2D(8, 3, activation="relu")(block_2_output)
x = layers.GlobalAveragePooling2D()(x)
x = layers.Dense(16, activation="relu")(x)
x = layers.Dropout(0.0)(x)
outputs = layers.Dense(4)(x)
model = keras.Model(inputs, outputs, name="toy_resnet")
model.summary()
begin(model)
rng = np.random.default_rng(0)
x_train, y_train = rng.random((16, 12, 12, 3)), keras.utils.to_categorical(np.arange(16) % 4, 4)
model.compile(optimizer=keras.optimizers.RMSprop(1e-3), loss=keras.losses.CategoricalCrossentropy(from_logits=True),
              metrics=["acc"])
model.fit(x_train, y_train, batch_size=8, epochs=1, validation_split=0.25, shuffle=False, verbose=0)
features = keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers[1:4]])
result = [model.predict(x_train), features.predict(x_train)]
""",
    None,
)

OWN_LOSS_CLASS = (
    "https://keras.io/guides/training_with_built_in_methods/#custom-losses",
    """
import keras
import numpy as np
from keras import layers, ops


@keras.saving.register_keras_serializable(package="Custom", name="Penalized")
class CustomMSE(keras.losses.Loss):
    def __init__(self, regularization_factor=0.1, name="custom_mse", reduction="sum_over_batch_size", **kwargs):
        super().__init__(name=name, reduction=reduction, **kwargs)
        self.regularization_factor = regularization_factor

    def call(self, y_true, y_pred):
        mse = ops.mean(ops.square(y_true - y_pred), axis=-1)
        reg = ops.mean(ops.square(0.5 - y_pred), axis=-1)
        return mse + reg * self.regularization_factor

    def get_config(self):
        return {**super().get_config(), "regularization_factor": self.regularization_factor}


@keras.saving.register_keras_serializable()
class TruePositives(keras.metrics.Metric):
    def __init__(self, name="tp", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_variable(shape=(), name="ctp", initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_pred = ops.reshape(ops.argmax(y_pred, axis=1), (-1, 1))
        values = ops.cast(ops.argmax(y_true, axis=1)[:, None], "int32") == ops.cast(y_pred, "int32")
        values = ops.cast(values, "float32")
        self.true_positives.assign_add(ops.sum(values))

    def result(self):
        return self.true_positives.value

    def reset_state(self):
        self.true_positives.assign(0.0)


rng = np.random.default_rng(0)
x, y = rng.random((32, 6)), keras.utils.to_categorical(rng.integers(0, 3, 32), 3)
model = keras.Sequential([keras.Input((6,)), layers.Dense(8, "relu"), layers.Dense(3, "softmax")])
begin(model)
model.compile(optimizer=keras.optimizers.Adam(), loss=CustomMSE(), metrics=[TruePositives()])
history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
model.save("own.keras")
again = keras.models.load_model("own.keras")
result = [history.history["loss"], history.history["tp"], again.evaluate(x, y, verbose=0)]
""",
    None,
)

CALLBACKS = (
    "https://keras.io/guides/writing_your_own_callbacks/",
    """
import keras
import numpy as np

model = keras.Sequential([keras.Input((6,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.RMSprop(learning_rate=0.1), loss="mean_squared_error",
              metrics=["mean_absolute_error"])
begin(model)
seen = []


class LossAndErrorPrintingCallback(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        seen.append(logs["loss"])

    def on_epoch_end(self, epoch, logs=None):
        print("The average loss for epoch {} is {:7.2f} and mean absolute error is {:7.2f}.".format(
            epoch, logs["loss"], logs["mean_absolute_error"]))


class CustomLearningRateScheduler(keras.callbacks.Callback):
    def __init__(self, schedule):
        super().__init__()
        self.schedule = schedule

    def on_epoch_begin(self, epoch, logs=None):
        if not hasattr(self.model.optimizer, "learning_rate"):
            raise ValueError('Optimizer must have a "learning_rate" attribute.')
        lr = self.model.optimizer.learning_rate
        scheduled_lr = self.schedule(epoch, float(lr))
        self.model.optimizer.learning_rate = scheduled_lr


class EarlyStoppingAtMinLoss(keras.callbacks.Callback):
    def __init__(self, patience=0):
        super().__init__()
        self.patience = patience
        self.best_weights = None

    def on_train_begin(self, logs=None):
        self.wait, self.stopped_epoch, self.best = 0, 0, np.inf

    def on_epoch_end(self, epoch, logs=None):
        current = logs.get("loss")
        if np.less(current, self.best):
            self.best, self.wait = current, 0
            self.best_weights = self.model.get_weights()
        else:
            self.wait += 1
            if self.wait >= self.patience:
                self.stopped_epoch = epoch
                self.model.stop_training = True
                self.model.set_weights(self.best_weights)


rng = np.random.default_rng(0)
x, y = rng.random((24, 6)), rng.random(24)
history = model.fit(x, y, batch_size=8, epochs=6, verbose=0, shuffle=False, callbacks=[
    LossAndErrorPrintingCallback(),
    CustomLearningRateScheduler(lambda epoch, lr: lr * 0.5 if epoch in (2, 4) else lr),
    EarlyStoppingAtMinLoss(2),
])
result = [seen, history.history["loss"], model.get_weights()]
""",
    None,
)

TIME_SERIES = (
    "https://keras.io/examples/timeseries/timeseries_weather_forecasting/ (without its recurrent layer)",
    """
import numpy as np
import keras

series = np.sin(np.arange(120) / 5.0) + np.random.default_rng(0).normal(size=120) * 0.05
past, future, batch_size = 10, 1, 8
data = series.reshape(-1, 1)
dataset = keras.preprocessing.timeseries_dataset_from_array(
    data[:-past], data[past:], sequence_length=past, sampling_rate=1, batch_size=batch_size)
windows, targets = [], []
for batch in dataset:
    inputs, outputs = batch
    windows.append(np.array(inputs))
    targets.append(np.array(outputs))
x, y = np.concatenate(windows), np.concatenate(targets)
inputs = keras.layers.Input(shape=(x.shape[1], x.shape[2]))
z = keras.layers.Conv1D(filters=4, kernel_size=3, strides=1, padding="causal", activation="relu")(inputs)
z = keras.layers.Flatten()(z)
outputs = keras.layers.Dense(1)(z)
model = keras.Model(inputs=inputs, outputs=outputs)
begin(model)
model.compile(loss=keras.losses.Huber(), optimizer=keras.optimizers.SGD(learning_rate=1e-3, momentum=0.9),
              metrics=["mae"])
lr_schedule = keras.callbacks.LearningRateScheduler(lambda epoch: 1e-4 * 10 ** (epoch / 2))
history = model.fit(x, y, epochs=4, callbacks=[lr_schedule], verbose=0, shuffle=False)
result = [x.shape, history.history["learning_rate"], history.history["mae"], model.predict(x)]
""",
    {  # which needs TensorFlow there
        """dataset = keras.preprocessing.timeseries_dataset_from_array(
    data[:-past], data[past:], sequence_length=past, sampling_rate=1, batch_size=batch_size)
""": """dataset = [(np.stack([data[i : i + past] for i in range(101)]), data[past : past + 101])]
""",
    },
)

BOSTON = (
    "https://github.com/fchollet/deep-learning-with-python-notebooks (3.7, predicting house prices)",
    """
import numpy as np
from keras import models
from keras import layers

rng = np.random.default_rng(0)
train_data, train_targets = rng.normal(5, 2, size=(40, 13)), rng.random(40) * 50
mean = train_data.mean(axis=0)
train_data -= mean
std = train_data.std(axis=0)
train_data /= std


def build_model():
    model = models.Sequential()
    model.add(layers.Dense(16, activation='relu', input_shape=(train_data.shape[1],)))
    model.add(layers.Dense(16, activation='relu'))
    model.add(layers.Dense(1))
    begin(model)
    model.compile(optimizer='rmsprop', loss='mse', metrics=['mae'])
    return model


k, all_mae_histories = 4, []
num_val_samples = len(train_data) // k
for i in range(k):
    val_data = train_data[i * num_val_samples: (i + 1) * num_val_samples]
    val_targets = train_targets[i * num_val_samples: (i + 1) * num_val_samples]
    partial_train_data = np.concatenate(
        [train_data[:i * num_val_samples], train_data[(i + 1) * num_val_samples:]], axis=0)
    partial_train_targets = np.concatenate(
        [train_targets[:i * num_val_samples], train_targets[(i + 1) * num_val_samples:]], axis=0)
    model = build_model()
    history = model.fit(partial_train_data, partial_train_targets, validation_data=(val_data, val_targets), epochs=3,
                        batch_size=5, verbose=0, shuffle=False)
    all_mae_histories.append(history.history['val_mean_absolute_error'])
average = [np.mean([x[i] for x in all_mae_histories]) for i in range(3)]
result = [average, model.evaluate(val_data, val_targets, verbose=0)]
""",
    {"history.history['val_mean_absolute_error']": "history.history['val_mae']"},
)

OLD_FUNCTIONAL = (
    "https://keras.io/getting-started/functional-api-guide/ (Keras 1 and 2)",
    """
import numpy as np
from keras.layers import Input, Dense, merge
from keras.layers.merge import concatenate
from keras.models import Model
from keras.optimizers import Adam
from keras import backend as K

a, b = Input(shape=(6,)), Input(shape=(6,))
shared = Dense(5, activation='tanh')
merged = concatenate([shared(a), shared(b)], axis=-1)
predictions = Dense(1, activation='sigmoid')(merged)
model = Model(inputs=[a, b], outputs=predictions)
begin(model)


def error(y_true, y_pred):
    return K.mean(K.abs(y_true - y_pred), axis=-1)


model.compile(optimizer=Adam(lr=0.01, decay=1e-3), loss='binary_crossentropy', metrics=[error])
rng = np.random.default_rng(0)
data_a, data_b, labels = rng.random((20, 6)), rng.random((20, 6)), rng.integers(0, 2, (20, 1)).astype("float32")
history = model.fit([data_a, data_b], labels, epochs=4, batch_size=5, shuffle=False, verbose=0)
result = [history.history["loss"], history.history["error"], model.predict([data_a, data_b])]
""",
    {
        "from keras.layers import Input, Dense, merge\nfrom keras.layers.merge import concatenate\n": (
            "from keras.layers import Input, Dense, concatenate\nimport keras\n"
        ),
        "from keras import backend as K\n": "from keras import ops as K\n",
        "Adam(lr=0.01, decay=1e-3)": "Adam(keras.optimizers.schedules.InverseTimeDecay(0.01, 1, 1e-3))",
    },
)

CHECKPOINTS_OF_KERAS_2 = (
    "https://machinelearningmastery.com/check-point-deep-learning-models-keras/",
    """
import numpy as np
from keras.models import Sequential, load_model
from keras.layers import Dense
from keras.callbacks import ModelCheckpoint

rng = np.random.default_rng(7)
X, Y = rng.random((60, 8)), rng.integers(0, 2, 60)
model = Sequential()
model.add(Dense(12, input_dim=8, kernel_initializer='uniform', activation='relu'))
model.add(Dense(8, kernel_initializer='uniform', activation='relu'))
model.add(Dense(1, kernel_initializer='uniform', activation='sigmoid'))
begin(model)
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
filepath = "weights.best.hdf5"
checkpoint = ModelCheckpoint(filepath, monitor='val_acc', verbose=1, save_best_only=True, mode='max')
model.fit(X, Y, validation_split=0.33, epochs=5, batch_size=10, callbacks=[checkpoint], verbose=0, shuffle=False)
model.load_weights("weights.best.hdf5")
scores = model.evaluate(X, Y, verbose=0)
print("%s: %.2f%%" % (model.metrics_names[1], scores[1] * 100))
result = [scores, model.predict(X)]
""",
    {
        "kernel_initializer='uniform'": "kernel_initializer='random_uniform'",
        "weights.best.hdf5": "weights.best.keras",
        "'val_acc'": "'val_accuracy'",
    },
)

WRAPPERS = (
    "https://machinelearningmastery.com/use-keras-deep-learning-models-scikit-learn-python/",
    """
import numpy as np
from keras.models import Sequential
from keras.layers import Dense
from keras.wrappers.scikit_learn import KerasRegressor

rng = np.random.default_rng(7)
X = rng.random((40, 4))
Y = X @ [1.0, -2.0, 0.5, 3.0]


def baseline_model():
    model = Sequential()
    model.add(Dense(6, input_dim=4, kernel_initializer='normal', activation='relu'))
    model.add(Dense(1, kernel_initializer='normal'))
    begin(model)
    model.compile(loss='mean_squared_error', optimizer='adam')
    return model


estimator = KerasRegressor(build_fn=baseline_model, epochs=5, batch_size=5, verbose=0, shuffle=False)
estimator.fit(X, Y)
result = [estimator.predict(X)]
""",
    {
        "from keras.wrappers.scikit_learn import KerasRegressor\n": "",
        "'normal'": "'random_normal'",
        "estimator = KerasRegressor(build_fn=baseline_model, epochs=5, batch_size=5, verbose=0, shuffle=False)\n"
        "estimator.fit(X, Y)\n": "estimator = baseline_model()\n"
        "estimator.fit(X, Y, epochs=5, batch_size=5, verbose=0, shuffle=False)\n",
        "estimator.predict(X)]": "estimator.predict(X)[:, 0]]",
    },
)

GENERATOR_OF_KERAS_2 = (
    "https://stanford.edu/~shervine/blog/keras-how-to-generate-data-on-the-fly",
    """
import numpy as np
import keras
from keras.models import Sequential
from keras.layers import Dense, Activation, LeakyReLU


class DataGenerator(keras.utils.Sequence):
    def __init__(self, list_IDs, labels, batch_size=8, dim=6, n_classes=3, shuffle=True):
        self.dim, self.batch_size, self.labels, self.list_IDs = dim, batch_size, labels, list_IDs
        self.n_classes, self.shuffle = n_classes, shuffle
        self.on_epoch_end()

    def __len__(self):
        return int(np.floor(len(self.list_IDs) / self.batch_size))

    def __getitem__(self, index):
        indexes = self.indexes[index * self.batch_size:(index + 1) * self.batch_size]
        ids = [self.list_IDs[k] for k in indexes]
        X = np.stack([np.cos(np.arange(self.dim) * i) for i in ids])
        return X, keras.utils.to_categorical([self.labels[i] for i in ids], num_classes=self.n_classes)

    def on_epoch_end(self):
        self.indexes = np.arange(len(self.list_IDs))
        if self.shuffle:
            np.random.shuffle(self.indexes)


labels = {i: i % 3 for i in range(40)}
training_generator = DataGenerator(list(range(32)), labels, shuffle=False)
validation_generator = DataGenerator(list(range(32, 40)), labels, shuffle=False)
model = Sequential()
model.add(Dense(8, input_shape=(6,)))
model.add(LeakyReLU(alpha=0.1))
model.add(Dense(3))
model.add(Activation('softmax'))
begin(model)
model.compile(optimizer='adam', loss='categorical_crossentropy', metrics=['accuracy'])
history = model.fit_generator(generator=training_generator, validation_data=validation_generator, epochs=3, verbose=0,
                              shuffle=False)
result = [history.history['loss'], history.history['val_loss']]
""",
    {"alpha=": "negative_slope=", "fit_generator(generator=": "fit("},
)

SCRIPTS = {name.lower(): script for name, script in list(globals().items()) if isinstance(script, tuple)}
