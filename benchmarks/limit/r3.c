/* R3: fifteen states and death, 600 months, 48 transitions, two strategies, six payers. The model is models/r3.

   inputs  (70, n): 14 death hazards, 20 probabilities, 14 that odds ratios change, two hazard and two odds ratios, two
           half-lives, 16 unit costs
   series  (3, T): death and fall (not used) by age and month, discount factor
   totals  (12, n): discounted cost by strategy and payer */

#include "limit.h"

enum { T = 600 };

/* what is done for each hazard (state), for each probability that is changed (from, to, ratio), for each state */
#define DEATHS(_) _(0) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12) _(13)
#define CHANGES(_)                                                                                                     \
    _(0, 4, oa) _(1, 5, ob) _(2, 6, oa) _(3, 7, ob) _(4, 8, oa) _(5, 9, ob) _(6, 10, oa) _(7, 11, ob) _(8, 12, oa)     \
    _(9, 13, ob) _(10, 14, oa) _(11, 0, ob) _(12, 1, oa) _(13, 2, ob)
#define LIVING(_, a) _(0, a) _(1, a) _(2, a) _(3, a) _(4, a) _(5, a) _(6, a) _(7, a) _(8, a) _(9, a) _(10, a) _(11, a) _(12, a) _(13, a) _(14, a)

/* discounted cost of each payer, from occupancy in a year or, where costs are taken out of the loop, from time spent */
#define FOUR(x, a, i, j, k, l, ui, uj, uk, ul)                                                                         \
    fma_(U(ui), x##i##a, fma_(U(uj) * SPLAT(0.5), x##j##a, fma_(U(uk) * SPLAT(1.5), x##k##a, U(ul) * SPLAT(0.8) * x##l##a)))
#define SUMS(x, a, _)                                                                                                  \
    _(a, 0, FOUR(x, a, 0, 3, 7, 11, 0, 1, 2, 3))                                                                       \
    _(a, 1, FOUR(x, a, 2, 5, 9, 13, 4, 5, 6, 7))                                                                       \
    _(a, 2, FOUR(x, a, 4, 7, 11, 0, 8, 9, 10, 11))                                                                     \
    _(a, 3, FOUR(x, a, 6, 9, 13, 2, 12, 13, 14, 15))                                                                   \
    _(a, 4, FOUR(x, a, 8, 11, 0, 4, 0, 1, 2, 3))                                                                       \
    _(a, 5, FOUR(x, a, 10, 13, 2, 15, 4, 5, 6, 7))
#define ADD(a, p, sum) c##p##a = fma_(w, sum, c##p##a);
#define SET(a, p, sum) c##p##a = sum;
#define TIME(z, a) y##z##a = fma_(w, x##z##a, y##z##a);
#define ZERO(z, a) V y##z##a = {0};
#define STATES(_, a) LIVING(_, a) _(15, a)

void run(long n, const double *inputs, const double *series, double *totals) {
    const double *death = series, *discount = series + 2 * T;
    for (long at = 0; at < n; at += LANES) {
#define IN(row) LOAD(inputs + (row) * n + at)
#define READ(s) const V h##s = IN(s);
        DEATHS(READ)
#undef READ
        const V p0_1 = IN(14), p1_2 = IN(15), p2_3 = IN(16), p3_4 = IN(17), p4_5 = IN(18), p5_6 = IN(19), p6_7 = IN(20),
                p7_8 = IN(21), p8_9 = IN(22), p9_10 = IN(23), p10_11 = IN(24), p11_12 = IN(25), p12_13 = IN(26),
                p13_14 = IN(27), p14_0 = IN(28), p0_2 = IN(29), p1_3 = IN(30), p2_4 = IN(31), p3_5 = IN(32), p4_6 = IN(33);
#define READ(s, t, r) const V q##s##n = IN(34 + s), o##s = q##s##n / (SPLAT(1) - q##s##n);
        CHANGES(READ)
#undef READ
        const V log_ha = log2_(IN(48)), log_hb = log2_(IN(49)), log_oa = log2_(IN(50)), log_ob = log2_(IN(51));
        const V g1 = exp2_(SPLAT(-1.0 / 12) / IN(52)), g2 = exp2_(SPLAT(-1.0 / 12) / IN(53));
#define U(k) IN(54 + (k))
        /* 1 less the probabilities of a row that no ratio changes */
        const V l0 = SPLAT(1) - p0_1 - p0_2, l1 = SPLAT(1) - p1_2 - p1_3, l2 = SPLAT(1) - p2_3 - p2_4,
                l3 = SPLAT(1) - p3_4 - p3_5, l4 = SPLAT(1) - p4_5 - p4_6, l5 = SPLAT(1) - p5_6, l6 = SPLAT(1) - p6_7,
                l7 = SPLAT(1) - p7_8, l8 = SPLAT(1) - p8_9, l9 = SPLAT(1) - p9_10, l10 = SPLAT(1) - p10_11,
                l11 = SPLAT(1) - p11_12, l12 = SPLAT(1) - p12_13, l13 = SPLAT(1) - p13_14, l14 = SPLAT(1) - p14_0;
#define EMPTY(s, a) V x##s##a = {0};
        LIVING(EMPTY, n) LIVING(EMPTY, i)
#undef EMPTY
        V c0n = {0}, c1n = {0}, c2n = {0}, c3n = {0}, c4n = {0}, c5n = {0}, x15n = {0};
        V c0i = {0}, c1i = {0}, c2i = {0}, c3i = {0}, c4i = {0}, c5i = {0}, x15i = {0}, f1 = SPLAT(1), f2 = SPLAT(1);
        x0n = x0i = SPLAT(1);
#ifdef AFTER
        STATES(ZERO, n) STATES(ZERO, i)
#endif
        for (long t = 0; t < T; ++t) {
            const V m = SPLAT(-LOG2_E * death[t]), w = SPLAT(discount[t]);
            const V ha = exp2_(f1 * log_ha), hb = exp2_(f1 * log_hb), oa = exp2_(f2 * log_oa), ob = exp2_(f2 * log_ob);
#define STAY(z) const V d##z = m * h##z, s##z##n = exp2_(d##z);
            DEATHS(STAY)
#undef STAY
            const V s0i = exp2_(d0 * ha), s2i = exp2_(d2 * hb), s4i = exp2_(d4 * ha), s6i = exp2_(d6 * hb), s8i = exp2_(d8 * ha),
                    s10i = exp2_(d10 * hb), s12i = exp2_(d12 * ha), s1i = s1n, s3i = s3n, s5i = s5n, s7i = s7n, s9i = s9n,
                    s11i = s11n, s13i = s13n;
#define CHANGED(s, t, r) const V u_##s = o##s * r, q##s##i = u_##s / (SPLAT(1) + u_##s);
            CHANGES(CHANGED)
#undef CHANGED
#ifdef AFTER
            STATES(TIME, n) STATES(TIME, i)
#else
            SUMS(x, n, ADD) SUMS(x, i, ADD)
#endif
#define SURVIVE(z, a) const V y##z = x##z##a * s##z##a;
#define MOVE(a)                                                                                                        \
    {                                                                                                                  \
        SURVIVE(0, a) SURVIVE(1, a) SURVIVE(2, a) SURVIVE(3, a) SURVIVE(4, a) SURVIVE(5, a) SURVIVE(6, a)              \
        SURVIVE(7, a) SURVIVE(8, a) SURVIVE(9, a) SURVIVE(10, a) SURVIVE(11, a) SURVIVE(12, a) SURVIVE(13, a)          \
        const V y14 = x14##a;                                                                                          \
        x0##a = fma_(y0, l0 - q0##a, fma_(y14, p14_0, y11 * q11##a));                                                  \
        x1##a = fma_(y1, l1 - q1##a, fma_(y0, p0_1, y12 * q12##a));                                                    \
        x2##a = fma_(y2, l2 - q2##a, fma_(y1, p1_2, fma_(y0, p0_2, y13 * q13##a)));                                    \
        x3##a = fma_(y3, l3 - q3##a, fma_(y2, p2_3, y1 * p1_3));                                                       \
        x4##a = fma_(y4, l4 - q4##a, fma_(y3, p3_4, fma_(y2, p2_4, y0 * q0##a)));                                      \
        x5##a = fma_(y5, l5 - q5##a, fma_(y4, p4_5, fma_(y3, p3_5, y1 * q1##a)));                                      \
        x6##a = fma_(y6, l6 - q6##a, fma_(y5, p5_6, fma_(y4, p4_6, y2 * q2##a)));                                      \
        x7##a = fma_(y7, l7 - q7##a, fma_(y6, p6_7, y3 * q3##a));                                                      \
        x8##a = fma_(y8, l8 - q8##a, fma_(y7, p7_8, y4 * q4##a));                                                      \
        x9##a = fma_(y9, l9 - q9##a, fma_(y8, p8_9, y5 * q5##a));                                                      \
        x10##a = fma_(y10, l10 - q10##a, fma_(y9, p9_10, y6 * q6##a));                                                 \
        x11##a = fma_(y11, l11 - q11##a, fma_(y10, p10_11, y7 * q7##a));                                               \
        x12##a = fma_(y12, l12 - q12##a, fma_(y11, p11_12, y8 * q8##a));                                               \
        x13##a = fma_(y13, l13 - q13##a, fma_(y12, p12_13, y9 * q9##a));                                               \
        x14##a = fma_(y14, l14, fma_(y13, p13_14, y10 * q10##a));                                                      \
        x15##a = SPLAT(1) - ((((x0##a + x1##a) + (x2##a + x3##a)) + ((x4##a + x5##a) + (x6##a + x7##a))) +             \
                             (((x8##a + x9##a) + (x10##a + x11##a)) + ((x12##a + x13##a) + x14##a)));                  \
    }
            MOVE(n) MOVE(i)
            f1 *= g1;
            f2 *= g2;
        }
#ifdef AFTER
        SUMS(y, n, SET) SUMS(y, i, SET)
#endif
#define OUT(a, row, p) STORE(totals + (row + p) * n + at, c##p##a);
        OUT(n, 0, 0) OUT(n, 0, 1) OUT(n, 0, 2) OUT(n, 0, 3) OUT(n, 0, 4) OUT(n, 0, 5)
        OUT(i, 6, 0) OUT(i, 6, 1) OUT(i, 6, 2) OUT(i, 6, 3) OUT(i, 6, 4) OUT(i, 6, 5)
    }
}
