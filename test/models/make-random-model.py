"""Writes a model of random weights: its words mean nothing, its protocol is real. Usage: make-random-model.py FILE"""
import sys
import gguf
import numpy

letters, width, feed, layers, heads = 256 + 3, 64, 128, 2, 4
random = numpy.random.default_rng(1)
writer = gguf.GGUFWriter(sys.argv[1], "llama")
writer.add_context_length(8192)
writer.add_embedding_length(width)
writer.add_feed_forward_length(feed)
writer.add_block_count(layers)
writer.add_head_count(heads)
writer.add_head_count_kv(heads)
writer.add_rope_dimension_count(width // heads)
writer.add_layer_norm_rms_eps(1e-5)
writer.add_vocab_size(letters)
# Every byte is a token, beside the three that a sentence begins and ends with.
writer.add_tokenizer_model("llama")
writer.add_token_list([b"<unk>", b"<s>", b"</s>"] + [f"<0x{byte:02X}>".encode() for byte in range(256)])
writer.add_token_scores([0.0] * letters)
writer.add_token_types([gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL] + [gguf.TokenType.BYTE] * 256)
writer.add_bos_token_id(1)
writer.add_eos_token_id(2)
writer.add_unk_token_id(0)


def add(name, *shape):
    writer.add_tensor(name, random.normal(0, 0.2, shape).astype(numpy.float32))


add("token_embd.weight", letters, width)
add("output.weight", letters, width)
writer.add_tensor("output_norm.weight", numpy.ones(width, numpy.float32))
for layer in range(layers):
    for name in ("attn_norm", "ffn_norm"):
        writer.add_tensor(f"blk.{layer}.{name}.weight", numpy.ones(width, numpy.float32))
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        add(f"blk.{layer}.{name}.weight", width, width)
    add(f"blk.{layer}.ffn_gate.weight", feed, width)
    add(f"blk.{layer}.ffn_up.weight", feed, width)
    add(f"blk.{layer}.ffn_down.weight", width, feed)
writer.write_header_to_file()
writer.write_kv_data_to_file()
writer.write_tensors_to_file()
writer.close()
