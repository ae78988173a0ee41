/* What the programs of this folder share: a vector of eight draws, with 2^x and log2 for it.

   They are written to be as fast as a processor can be made to go by hand, and for nothing else: numbers of one model
   stand in the code, no probability is checked, 2^x is right for |x| < 1000 only and log2 for normal x > 0. */

#ifdef __AVX512F__
#include <immintrin.h>
#endif

enum { LANES = 8 };
typedef double V __attribute__((vector_size(64), aligned(8), may_alias));
typedef long long I __attribute__((vector_size(64)));

#define INLINE static inline __attribute__((always_inline))
#define SPLAT(c) splat_(c)
#define LOAD(from) (*(const V *)(from))
#define STORE(to, value) (*(V *)(to) = (value))
#define LOG2_E 0x1.71547652b82fep0

INLINE V splat_(double c) { return (V){c, c, c, c, c, c, c, c}; }

INLINE V fma_(V a, V b, V c) {
#ifdef __AVX512F__
    return (V)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#else
    return a * b + c; /* the compiler contracts it */
#endif
}

INLINE V choose_(I where, V a, V b) { return (V)((where & (I)a) | (~where & (I)b)); }
INLINE V least_(V a, V b) { return choose_(a < b, a, b); }
INLINE V most_(V a, V b) { return choose_(a > b, a, b); }

/* 2^x; the factor log2(e) goes into what is known before, so that e^x costs no more. By the number EXP, as one or the
   other is faster on a processor:
   0, 1   x = n + r, |r| <= 1/2, the polynomial of degree 11 through Chebyshev's points (relative error 2.0e-17): in
          Estrin's order, whose chain is a third of Horner's, or with two multiplications less, even and odd powers
          apart, whose chain is half
   2      x = k / 16 + r, |r| <= 1/32: the sixteen roots in two registers (AVX-512), a polynomial of degree 6 (1.5e-17)
   SCALEF multiplies by the power of two with AVX-512's own instruction rather than in the bits of the exponent.
   Million trajectories a second of R1 on a Zen 4, which does one multiplication of 512 bits a clock: with base e, a
   series of degree 12 and a reduction in two steps 2.06; 0: 1.99, with SCALEF 2.19; 1: 2.09, 2.34; 2: 2.76, 2.84, and
   2.75 with even and odd powers apart. Reciprocals by approximation and two steps of Newton's instead of divisions:
   0.92 of that; two divisions made one: 0.97. */
#ifndef EXP
#define EXP 0
#endif
INLINE V exp2_(V x) {
#define C(c) SPLAT(c)
#if EXP < 2
    const V shifted = x + C(0x1.8p52), n = shifted - C(0x1.8p52), r = x - n, r2 = r * r;
#if EXP == 0
    const V r4 = r2 * r2, r8 = r4 * r4;
    const V a = fma_(r2, fma_(r, C(0x1.c6b08d704a0c6p-5), C(0x1.ebfbdff82c5aep-3)), fma_(r, C(0x1.62e42fefa39efp-1), C(1)));
    const V b = fma_(r2, fma_(r, C(0x1.ffcbfc6da7932p-17), C(0x1.430913112d248p-13)),
                     fma_(r, C(0x1.5d87fe78a3f9ap-10), C(0x1.3b2ab6fb9f1a1p-7)));
    const V c = fma_(r2, fma_(r, C(0x1.e9ec22c2bcbfap-32), C(0x1.e6228e477a299p-28)),
                     fma_(r, C(0x1.b524ebcf8f36cp-24), C(0x1.62bfc2c6789b1p-20)));
    const V p = fma_(r8, c, fma_(r4, b, a));
#else
    V even = fma_(r2, C(0x1.e6228e477a299p-28), C(0x1.62bfc2c6789b1p-20));
    V odd = fma_(r2, C(0x1.e9ec22c2bcbfap-32), C(0x1.b524ebcf8f36cp-24));
    even = fma_(r2, even, C(0x1.430913112d248p-13));
    odd = fma_(r2, odd, C(0x1.ffcbfc6da7932p-17));
    even = fma_(r2, even, C(0x1.3b2ab6fb9f1a1p-7));
    odd = fma_(r2, odd, C(0x1.5d87fe78a3f9ap-10));
    even = fma_(r2, even, C(0x1.ebfbdff82c5aep-3));
    odd = fma_(r2, odd, C(0x1.c6b08d704a0c6p-5));
    even = fma_(r2, even, C(1));
    odd = fma_(r2, odd, C(0x1.62e42fefa39efp-1));
    const V p = fma_(r, odd, even);
#endif
#ifdef SCALEF
    return (V)_mm512_scalef_pd((__m512d)p, (__m512d)n);
#else
    return (V)((I)p + ((I)shifted << 52));
#endif
#else
    static const double root[16] __attribute__((aligned(64))) = {
        0x1p+0,               0x1.0b5586cf9890fp+0, 0x1.172b83c7d517bp+0, 0x1.2387a6e756238p+0,
        0x1.306fe0a31b715p+0, 0x1.3dea64c123422p+0, 0x1.4bfdad5362a27p+0, 0x1.5ab07dd485429p+0,
        0x1.6a09e667f3bcdp+0, 0x1.7a11473eb0187p+0, 0x1.8ace5422aa0dbp+0, 0x1.9c49182a3f090p+0,
        0x1.ae89f995ad3adp+0, 0x1.c199bdd85529cp+0, 0x1.d5818dcfba487p+0, 0x1.ea4afa2a490dap+0};
    const V shifted = x + C(0x1.8p48), n = shifted - C(0x1.8p48), r = x - n;
    const V part = (V)_mm512_permutex2var_pd((__m512d)LOAD(root), (__m512i)shifted, (__m512d)LOAD(root + 8));
    V p = C(0x1.430a1d08efe4dp-13);
    p = fma_(r, p, C(0x1.5d897e5261296p-10));
    p = fma_(r, p, C(0x1.3b2ab6fb41213p-7));
    p = fma_(r, p, C(0x1.c6b08d6f2a288p-5));
    p = fma_(r, p, C(0x1.ebfbdff82c590p-3));
    p = fma_(r, p, C(0x1.62e42fefa39f3p-1));
    p = fma_(r, p, C(1));
#ifdef SCALEF
    return (V)_mm512_scalef_pd((__m512d)(p * part), (__m512d)n);
#else
    return p * (V)((I)part + (((I)shifted & ~15LL) << 48));
#endif
#endif
}

/* x = 2^e m, m near 1: ln m = 2 atanh(s), s = (m - 1) / (m + 1). */
INLINE V log2_(V x) {
#ifdef __AVX512F__
    const V e = (V)_mm512_getexp_pd((__m512d)(x * C(4.0 / 3.0)));
    const V m = (V)_mm512_getmant_pd((__m512d)x, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_src);
#else
    const I half = (I){0} + 0x3FE6A09E667F3BCDLL, power = ((I)x - half) >> 52;
    const V m = (V)((I)x - (power << 52)), e = (V)(power + (I)C(0x1.8p52)) - C(0x1.8p52);
#endif
    const V s = (m - C(1)) / (m + C(1)), z = s * s, z2 = z * z;
    const V low = fma_(z, C(0x1.2776c50ee4ab8p-1), C(0x1.ec709dc3a0421p-1));
    const V mid = fma_(z, C(0x1.484aeda70c6d4p-2), C(0x1.a61762e943fb2p-2));
    const V high = fma_(z2, C(0x1.beb26065cb8ecp-3), fma_(z, C(0x1.c3940e0f4411bp-3), C(0x1.0ca513cf24eb0p-2)));
    return fma_(s * z, fma_(z2, fma_(z2, high, mid), low), fma_(s, C(0x1.71547652b82fep+1), e));
#undef C
}
