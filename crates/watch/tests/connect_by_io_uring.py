"""Connects to 127.0.0.1 at the port given, through io_uring alone: no connect(2) (Linux, include/uapi/linux/io_uring.h).

Ends with status 77 where the kernel has no io_uring for us.
"""
import ctypes, mmap, socket, struct, sys

SETUP, ENTER, OP_CONNECT, OFF_SQES, GETEVENTS = 425, 426, 16, 0x10000000, 1
libc = ctypes.CDLL(None, use_errno=True)
params = ctypes.create_string_buffer(120)
ring_fd = libc.syscall(SETUP, 8, params)
if ring_fd < 0:
    sys.exit(77)
entries = struct.unpack_from("I", params.raw, 0)[0]
# struct io_sqring_offsets: head, tail, mask, entries, flags, dropped, array.
offsets = struct.unpack_from("7I", params.raw, 40)
tail_at, array_at = offsets[1], offsets[6]
shared = {"flags": mmap.MAP_SHARED, "prot": mmap.PROT_READ | mmap.PROT_WRITE}
ring = mmap.mmap(ring_fd, array_at + entries * 4, offset=0, **shared)
submissions = mmap.mmap(ring_fd, entries * 64, offset=OFF_SQES, **shared)
connection = socket.socket()
address = struct.pack("=H", socket.AF_INET) + struct.pack(">H", int(sys.argv[1])) + bytes([127, 0, 0, 1]) + bytes(8)
kept = ctypes.create_string_buffer(address)
# opcode, flags, priority, descriptor, length of the address, its place.
submissions[:32] = struct.pack("=BBHiQQII", OP_CONNECT, 0, 0, connection.fileno(), 16, ctypes.addressof(kept), 0, 0)
ring[array_at : array_at + 4] = struct.pack("I", 0)
ring[tail_at : tail_at + 4] = struct.pack("I", 1)
assert libc.syscall(ENTER, ring_fd, 1, 1, GETEVENTS, None, 0) == 1
connection.getpeername()
