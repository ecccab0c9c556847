"""Models of real widths with seeded random weights, written as exporters write them."""

from .sequences import encoder_block, gpt, gru, lstm
from .vision import cnn_bn, mlp, resnet_block, vit_block

__all__ = ["cnn_bn", "encoder_block", "gpt", "gru", "lstm", "mlp", "resnet_block", "vit_block"]
