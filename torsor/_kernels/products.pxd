"""Matrix products of whole operands."""
cdef object matmul(object a, object b, object out)     # NotImplemented where the operands are not ours
