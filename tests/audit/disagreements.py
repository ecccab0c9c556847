"""Where implementations differ from a denotation or from one another, and why the denotation reads it as it does.

A difference that no row here covers fails the audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .compare import Mismatch
from .trial import Trial


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A known difference.

    ``name`` identifies it.  It covers mismatches of those ``kinds`` with those ``libraries`` in trials of ``ops`` that
    have all features of ``when`` (``a|b``: either; ``!a``: not), and errors up to ``ulps`` if given.
    """

    name: str
    ops: tuple[str, ...]
    libraries: tuple[str, ...]
    kinds: tuple[str, ...]
    what: str
    reading: str
    when: tuple[str, ...] = ()
    ulps: float | None = None

    def covers(self, trial: Trial, features: frozenset[str], library: str, mismatch: Mismatch) -> bool:
        """Whether it explains a mismatch."""
        return (
            (self.ops == ("*",) or trial.op in self.ops)
            and library in self.libraries
            and mismatch.kind in self.kinds
            and (self.ulps is None or mismatch.ulps <= self.ulps)
            and all(any(_holds(f, features) for f in w.split("|")) for w in self.when)
        )


def _holds(feature: str, features: frozenset[str]) -> bool:
    return feature[1:] not in features if feature.startswith("!") else feature in features


def explain(trial: Trial, library: str, mismatches: Sequence[Mismatch]) -> list[str] | None:
    """The names of the rows that explain all mismatches; None if one is left."""
    features = trial.features()
    names: list[str] = []
    for m in mismatches:
        row = next((d for d in TABLE if d.covers(trial, features, library, m)), None)
        if row is None:
            return None
        names.append(row.name)
    return names


REF: Final = ("onnx.reference",)
ORT: Final = ("onnxruntime",)
BOTH: Final = (*REF, *ORT)

ALL: Final = ("value", "nan", "inf", "zero")
NODES: Final = ("node tests",)


def _row(
    name: str,
    ops: str,
    libraries: tuple[str, ...],
    kinds: str,
    what: str,
    reading: str,
    when: str = "",
    ulps: float | None = None,
) -> Disagreement:
    return Disagreement(
        name, tuple(ops.split()), libraries, tuple(kinds.split()) if kinds != "all" else ALL, what, reading,
        tuple(when.split()), ulps,
    )  # fmt: skip


TABLE: Final[tuple[Disagreement, ...]] = (
    # -- of the node tests --
    _row("rounded expectation", "AveragePool", NODES, "value",
         "A node test expects an output of four digits.", "The mean; the digits that are given agree.",
         "test=test_averagepool_2d_ceil_last_window_starts_on_pad"),
    # -- precision --
    _row("double in single", "Attention Erf Gelu GroupNormalization HardSwish LRN Shrink LayerNormalization RMSNormalization Softplus",
         BOTH, "all", "Operands of float64 are computed in float32, wholly or in part.",
         "Every step in the type of the operands: the text of ONNX gives formulas, not precisions.", "float64"),
    _row("half in single", "BatchNormalization GlobalLpPool GroupNormalization HardSwish InstanceNormalization LpNormalization"
         " LpPool LRN LayerNormalization MeanVarianceNormalization RMSNormalization ReduceLogSum ReduceMean RotaryEmbedding"
         " Swish SwiGLU Mish",
         BOTH, "all", "Operands of 16 bits are computed in float32 and rounded once, so nothing overflows or underflows on the way.",
         "Every step in the type of the operands, as the functions of ONNX have it.", "float16|bfloat16"),
    _row("fast functions", "Cos Sin Sigmoid Tanh Erf RNN GRU LSTM", ORT, "value",
         "onnxruntime approximates elementary functions: saturation of the sigmoid at |x| > 18, rational tanh, trigonometric"
         " functions without exact reduction of the argument.", "The function, correctly rounded up to 1 ulp."),
    _row("integers through double", "ReduceL1 ReduceL2 ReduceLogSum ReduceMean ReduceProd ReduceSum ReduceSumSquare Shrink Gemm Einsum",
         BOTH, "value refused", "Integers are computed as floats and converted back, with saturation.",
         "Integer arithmetic that wraps; a mean is rounded towards zero; a double that the integer type has not is undefined.", "int64|int32|int16|int8|uint64|uint32"),
    _row("overflow on the way", "BatchNormalization GroupNormalization InstanceNormalization LRN LayerNormalization"
         " MeanVarianceNormalization RMSNormalization LpPool LpNormalization ReduceLogSum ReduceLogSumExp"
         " RotaryEmbedding SoftmaxCrossEntropyLoss GlobalLpPool",
         BOTH, "all", "Operands near the largest number or infinite: libraries multiply, divide and subtract in another order, so"
         " that an intermediate result is infinite or NaN in one of them.", "The order of the formula that is shown.", "huge|inf|nan|subnormal"),
    _row("no variance and no epsilon", "BatchNormalization", ORT, "nan inf",
         "onnxruntime multiplies by scale / √variance, so that 0/0 is infinite times 0.",
         "The order of the formula that is shown.", "epsilon=0.0"),
    # -- the sign of zero, NaN, infinity --
    _row("sign of zero of a function", "Celu Elu LeakyRelu PRelu Selu Sign Swish", BOTH, "zero",
         "max(0, x) + min(0, ...) loses the sign of zero, and products with a coefficient may or may not.",
         "As the formula that is shown."),
    _row("zero times infinity in a select", "PRelu OneHot", REF, "all",
         "onnx.reference selects by multiplying with 0 and 1, so that infinities give NaN and small differences are rounded.",
         "A selection: what is not selected is not read."),
    _row("NaN against extremes", "ArgMin ArgMax Clip GlobalMaxPool MaxPool ReduceMin ReduceMax Hardmax LogSoftmax ScatterElements ScatterND Sign Softmax Max Min TopK", ORT,
         "all", "onnxruntime compares with < and >, which are false for NaN, and starts some maxima at the least finite number.",
         "A NaN is the result where there is one, and a maximum of −∞ is −∞.", "nan|inf"),
    _row("comparison of NaN in a scatter", "ScatterElements ScatterND", REF, "nan",
         "onnx.reference keeps the smaller or larger number by Python's comparison, which is false for NaN.",
         "A NaN is the result where there is one.", "nan"),
    _row("infinity against a missing bound", "Clip", REF, "inf", "onnx.reference keeps ±∞ where a bound is left out.",
         "A bound that is left out is the largest number of the type, as the text of ONNX says.", "inf"),
    _row("conversion of NaN and infinity", "QuantizeLinear Cast CastLike", BOTH, "value refused",
         "What an integer type makes of NaN, ±∞ or a number that it has not depends on the machine.",
         "Quantisation saturates; what the type has not, NaN above all, is undefined.", "nan|inf|huge"),
    _row("underflow to minus infinity", "LogSoftmax SoftmaxCrossEntropyLoss", REF, "inf value",
         "onnx.reference takes the logarithm of the softmax, which may be 0.", "x − max − log Σ exp(x − max), which is finite."),
    _row("subnormals are flushed", "Tanh Swish", BOTH, "value zero",
         "Subnormal results are computed by vector code that loses digits or flushes them.", "Subnormal numbers are numbers.",
         "subnormal"),
    _row("empty mean", "ReduceMean", ORT, "nan", "onnxruntime gives 0 for the mean of nothing.", "0/0, which is NaN.", "empty"),
    # -- shapes and windows --
    _row("SAME pads ignore dilations", "AveragePool LpPool MaxPool Conv", BOTH, "shape value nan inf zero",
         "Where auto_pad is given with dilations, libraries compute sizes or pads from the kernel without its gaps.",
         "The kernel with its gaps, as the text of ONNX says.", "auto_pad=SAME_UPPER|auto_pad=SAME_LOWER|auto_pad=VALID"),
    _row("windows of onnx.reference", "AveragePool LpPool MaxPool", REF, "shape value nan inf zero",
         "onnx.reference gives other shapes or indices for some ceil_mode, pads and storage orders, and reads padding.",
         "The text of ONNX: padding is never the maximum and a window starts inside the image or its left padding."),
    _row("transposed convolution of onnx.reference", "ConvTranspose", REF, "value shape nan",
         "onnx.reference puts columns in the wrong place for groups, and for dilations where the output shape is given.",
         "Every group as a convolution of its own; onnxruntime agrees.", "group=2|attribute-output_shape"),
    _row("global maximum of onnx.reference", "GlobalMaxPool", REF, "shape value nan inf zero",
         "onnx.reference reduces other axes than the spatial ones for ranks other than 4.", "The spatial axes."),
    _row("empty list of axes", "Squeeze", ORT, "shape", "onnxruntime takes an empty list of axes as no list and squeezes all.",
         "An empty list names no axis.", "empty"),
    _row("negative end of a shape", "Shape", REF, "shape", "onnx.reference does not clamp start and end.",
         "Both are clamped to 0 … rank, as the text of ONNX says."),
    _row("slices that leave the tensor", "Slice", BOTH, "shape value",
         "With steps below zero and bounds outside the tensor, libraries clamp differently.",
         "Clamped as the text of ONNX says: to 0 … n − 1 for a start and −1 … n − 1 for an end of a negative step."),
    # -- results of another type --
    _row("statistics in the operand's type", "LayerNormalization", REF, "type",
         "onnx.reference gives mean and deviation in the type of the operand.", "float32, the stash type."),
    _row("sum of squares in a wider type", "ReduceSumSquare", REF, "type", "onnx.reference gives sums in NumPy's wider type.",
         "The type of the operand."),
    # -- formulas --
    _row("recurrence of onnx.reference", "RNN GRU LSTM", REF, "value nan inf zero type",
         "onnx.reference ignores sequence lengths, clipping, coupled gates and activations that are named.",
         "The text of ONNX; onnxruntime agrees.", "operand-4|attribute-clip|attribute-activations|attribute-input_forget"),
    _row("local response of onnx.reference", "LRN", REF, "all",
         "onnx.reference sums squares for as many channels as there are batch elements.", "The text of ONNX; onnxruntime agrees."),
    _row("running sum of a local response", "LRN", ORT, "value",
         "onnxruntime adds the square of the next channel and subtracts that of the last.", "A sum of the squares of each window."),
    _row("mean over ignored targets", "NegativeLogLikelihoodLoss SoftmaxCrossEntropyLoss", REF, "value nan",
         "onnx.reference divides by the number of all targets where no weights are given.",
         "By the number of those that are not ignored, which may be 0.", "ignore_index=0|ignore_index=1|ignore_index=-1"),
    _row("norm without absolute values", "LpNormalization", REF, "value zero",
         "onnx.reference adds without taking absolute values for p = 1.", "Σ |x|.", "p=1"),
    _row("row zero points of onnx.reference", "MatMulInteger", REF, "value",
         "onnx.reference subtracts a vector of zero points of rows from the columns.", "From the rows.", "rank1"),
    _row("scales in their own type", "QLinearMatMul", REF, "value",
         "onnx.reference multiplies and divides scales in another order, in 16 bits.", "a_scale · b_scale / y_scale.",
         "bfloat16|float16"),
    _row("exact quotient of a range", "Range", BOTH, "shape",
         "The number of elements is computed with a rounded quotient.", "The exact quotient of the float operands, rounded up.",
         "float64|float32|float16|bfloat16"),
    _row("deviation of nothing", "MeanVarianceNormalization", BOTH, "nan value inf",
         "onnxruntime divides by the deviation without the 10⁻⁹ of the function of ONNX, so that 0/0 gives NaN.",
         "With 10⁻⁹ added to the deviation."),
    _row("members outside a window", "CausalConvWithState Conv ConvTranspose Einsum MatMul Gemm", BOTH, "nan inf",
         "Libraries multiply zeros with infinities, or let partial products overflow in another order.",
         "Only the members of the sum that the formula shows, factors from the first to the last.", "huge|inf|nan"),
    _row("range of zeros", "DynamicQuantizeLinear", ORT, "value", "onnxruntime takes the scale 1 where all operands are 0.",
         "The scale of onnx.reference; the quantised values are the same."),
    _row("product that leaves the format", "ReduceProd AveragePool CumProd GlobalAveragePool ScatterElements ScatterND", BOTH, "inf nan value",
         "Whether a product of many numbers, or a sum before it is divided, overflows on the way depends on the order.",
         "From the first to the last.", "huge|subnormal|float16"),
    _row("interpolation of integers", "Resize Upsample", BOTH, "refused",
         "Libraries interpolate integers and round somehow.", "Interpolation of floats only: what is rounded when is not said."),
    _row("antialiasing and coefficients of onnx.reference", "Resize", REF, "value shape",
         "onnx.reference keeps cubic coefficients in float32 or weights antialiased borders differently.",
         "The text of ONNX; onnxruntime agrees.", "mode=cubic|antialias=1"),
    _row("sigmoid that overflows", "CausalConvWithState Swish SwiGLU Mish", REF, "value zero nan inf",
         "onnx.reference computes 1 / (1 + exp(−x)), which is 0 where exp(−x) overflows.",
         "A sigmoid without overflow."),
    _row("selection by adding", "Where", ORT, "zero", "onnxruntime adds the two selections, so that −0 becomes +0.",
         "The element that is selected.", "-0"),
)  # fmt: skip
