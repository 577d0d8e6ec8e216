"""The names of Keras that are left out on purpose, by pattern, and what to write in their place.

For any other name that is not here, the most similar one that is offered is suggested: see `common/absent`.
"""

from ..common.absent import Absent

HINTS = {
    r"layers\.(.*RNN|LSTM|GRU|.*Cells?|Bidirectional|TimeDistributed|ConvLSTM\dD)": (
        "Recurrent layers are left out: for short sequences take Conv1D and GlobalMaxPooling1D."
    ),
    r"layers\..*Attention": "Attention is left out: Conv1D and GlobalAveragePooling1D look along a sequence too.",
    r"layers\.(Random.*|AugMix|AutoContrast|CenterCrop|CutMix|.*Equalization|MixUp|RandAugment|"
    r"Solarization)": (
        "Images are not changed at random by layers: change them with NumPy before fit or in a PyDataset. Resizing and "
        "Rescaling scale them."
    ),
    r"preprocessing\.image(\..*)?": (
        "Images are not read from files or changed at random: make arrays of them, and change those with NumPy before "
        "fit or in a PyDataset."
    ),
    r"layers\.(Hash.*|.*Spectrogram|MaxNumBoundingBoxes|Pipeline)": (
        "Of the layers that prepare tables and texts there are CategoryEncoding, Discretization, StringLookup, "
        "IntegerLookup, TextVectorization and Normalization."
    ),
    r"layers\.(Depthwise|Separable)?Conv(olution)?\dD.*|layers\.(Depth|Separ)wise.*|layers\..*Conv(olution)?[123]D.*": (
        "Of the convolutions Conv, ConvTranspose, DepthwiseConv and SeparableConv are offered, 1D and 2D."
    ),
    r"layers\..*(Pool|Pooling)[123]D": (
        "Of the pooling layers MaxPooling, AveragePooling, GlobalMaxPooling and GlobalAveragePooling are offered, "
        "1D and 2D."
    ),
    r"layers\.(.*Normalization)": (
        "BatchNormalization, GroupNormalization, LayerNormalization and UnitNormalization are offered."
    ),
    r"layers\.(UpSampling|ZeroPadding|Cropping).*": (
        "UpSampling, ZeroPadding and Cropping are offered, 1D and 2D."
    ),
    r"layers\.(EinsumDense|ReversibleEmbedding)": "Dense and Embedding are offered; or subclass Layer with np.einsum.",
    r"layers\.(.*Wrapper|.*SMLayer|FlaxLayer|JaxLayer)": "Subclass Layer, with build and call.",
    r"applications(\..*)?": (
        "Pre-trained networks are left out: train a small one, with Conv2D, on keras.datasets.digits."
    ),
    r"datasets\.cifar10+": (
        "Its files are pickles, which are never read. keras.datasets.fashion_mnist has images; digits comes with the "
        "package."
    ),
    r"datasets\.(imdb|reuters)": (
        "Nothing is downloaded: keras.datasets.breast_cancer and iris are real tables to classify."
    ),
    r"(ops\.|ops\.numpy\.)(.*fft.*|.*stft|real|imag|angle|conj|conjugate|eig|polar|view.*|isreal)": (
        "Tensors hold real numbers: the complex ones are left out. np.fft works on t.numpy()."
    ),
    r"(ops|random|tree)(\..*)?": (
        "NumPy's functions work on Tensors, np.exp, np.sum, np.where, …; of others take the values, t.numpy()."
    ),
    r"backend\.(Variable|variable|get_value|set_value|placeholder|function|gradients)|variable|Function|Operation|"
    r".*(Stateless|Symbolic|Remat)Scope|remat|name_scope": (
        "Graphs are made by computing: w = tg.Tensor(values, requires_grad=True), NumPy's functions on it, "
        "tg.gradients(loss, [w])."
    ),
    r"(backend|config)\.set_epsilon": "It is 1e-07, as by default in Keras; epsilon() gives it.",
    r"backend\.\w+": "NumPy's functions work on Tensors: np.mean, np.clip, np.exp, …",
    r"device|distribution|(distribution\..*)": (
        "All runs on the CPU of this machine, and with jit_compile=True where JAX runs: leave it out."
    ),
    r"(mixed_precision|dtype_policies)(\..*)?|.*(dtype_policy|DTypePolicy.*)": (
        'One float type holds for all: keras.config.set_floatx("float64"), or dtype= of a layer.'
    ),
    r"quantizers(\..*)?|Quantizer|.*Quantiz.*": "Quantization is left out: np.round gives an idea of it.",
    r"distillation(\..*)?": "Left out: a custom train_step can use the predictions of a teacher as targets.",
    r"export|.*ExportArchive": "Left out: model.save writes a .keras file, which Keras itself opens and exports.",
    r"legacy|optimizers\.legacy|utils\.legacy": "The names of today are in keras.optimizers and keras.saving.",
    r"visualization": "tg.viz has the pictures: draw, plot_history.",
    r"(utils|preprocessing(\.\w+)?)\..*(from_directory|img|smart_resize|bounding_boxes|FeatureSpace)": (
        "Files are read by the user: hand fit arrays, or a keras.utils.PyDataset that reads each batch."
    ),
    r"preprocessing": (
        "Files are read by the user: hand fit arrays, or a keras.utils.PyDataset that reads each batch. "
        "keras.utils.pad_sequences makes sequences equally long."
    ),
    r"utils\.get_file": "Nothing is downloaded: fetch the file yourself, and read it with np.load or np.loadtxt.",
    r"(utils|config)\..*_logging.*": "fit(verbose=0) prints nothing.",
    r"config\..*": "keras.config has floatx, set_floatx, epsilon and backend.",
    r"utils\..*": "keras.utils has set_random_seed, to_categorical, normalize, split_dataset, plot_model, …",
    r"version": "keras.__version__ is the version of this package.",
    r"callbacks\.RemoteMonitor": "Nothing is sent over a network: CSVLogger and TensorBoard write files.",
    r"callbacks\.OrbaxCheckpoint": "ModelCheckpoint and BackupAndRestore write files.",
    r"optimizers\.(Adafactor|Lamb|Muon|ScheduleFree.*|.*Optimizer(Map)?)": "Adam, AdamW and Lion are the nearest.",
    r"losses\.(CTC|ctc)": (
        "CategoricalCrossentropy and BinaryFocalCrossentropy are the nearest; a function of (y_true, y_pred) is a loss."
    ),
    r"metrics\.(Concordance|Pearson|concordance|pearson).*": "R2Score is the nearest; a function is a metric too.",
    r"activations\.sparsemax": "softmax is the nearest. The sparsemax of Keras 3.15 does not sum to 1.",
    r"activations\.\w+": "Any function of a Tensor is an activation: Dense(4, activation=np.exp).",
    r"initializers\.(STFT.*|stft)": "Any function of (shape, dtype) is an initializer.",
    r"saving\.KerasFileEditor": "np.load opens weights that model.save_weights wrote as .npz.",
}

# Loaded on first use: what draws, and what needs scikit-learn.
LAZY = {
    "utils.model_to_dot": "tinygrad_edu.viz.graph.layers",
    "utils.plot_model": "tinygrad_edu.viz.graph.layers",
    "wrappers.SKLearnClassifier": "tinygrad_edu.nn.scikit",
    "wrappers.SKLearnRegressor": "tinygrad_edu.nn.scikit",
    "wrappers.SKLearnTransformer": "tinygrad_edu.nn.scikit",
}

absent = Absent("tinygrad_edu.keras", HINTS, LAZY, "docs/keras.md lists what is offered.")
