"""What holds for every test."""
from torsor._kernels import threads

threads.set_waking(0)       # work that is cut for threads runs on threads, however rarely it comes
