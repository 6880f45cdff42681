//! repr(C) layouts of ByteOr regions; the source of spec/byteor_v1.h.
