"""Which instruction-set level this processor and its operating system run, and how large its caches are."""

cdef extern from * nogil:
    """
    #if defined(__linux__)
    #include <unistd.h>
    #endif
    static const char *torsor_cpu_level(void) {
    #if (defined(__x86_64__) || defined(_M_X64)) && defined(__GNUC__)
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx512cd"))
            return "v4";
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
            && __builtin_cpu_supports("bmi2"))
            return "v3";
        if (__builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"))
            return "v2";
        return "none";
    #else
        return "base";
    #endif
    }
    static long torsor_cache_size(int level) {
        long size = 0;
    #if defined(_SC_LEVEL2_CACHE_SIZE)
        size = sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
    #endif
        return size > 0 ? size : (level == 2 ? 1L << 20 : 8L << 20);
    }
    """
    const char *torsor_cpu_level()
    long torsor_cache_size(int level)

#: "v2", "v3" or "v4" of x86-64, "base" on other architectures, "none" below x86-64-v2.
LEVEL = torsor_cpu_level().decode()
#: Bytes of the second- and third-level cache (1 and 8 MiB where the system does not say).
L2, L3 = torsor_cache_size(2), torsor_cache_size(3)
