/* R1: seven states and death, 60 years, 24 transitions, two strategies, six payers. The model is models/r1.

   inputs  (40, n): seven death hazards and that of falling from s0 to s1, eight probabilities, eight that odds ratios
           change, two hazard and two odds ratios, two half-lives, seven unit costs, shares of s0, s1 and s2 at the start
   series  (3, T): death and fall by age [per year], discount factor
   totals  (12, n): discounted cost by strategy and payer */

#include "limit.h"

enum { T = 60, PAYERS = 6 };

/* discounted cost of each payer, from occupancy in a year or, where costs are taken out of the loop, from time spent */
#define FOUR(x, a, i, j, k, l, ui, wi, uj, wj, uk, wk, ul, wl)                                                           \
    fma_(ui * SPLAT(wi), x##i##a, fma_(uj * SPLAT(wj), x##j##a, fma_(uk * SPLAT(wk), x##k##a, ul * SPLAT(wl) * x##l##a)))
#define SUMS(x, a, _)                                                                                                    \
    _(a, 0, FOUR(x, a, 0, 1, 2, 4, u0, 1.0, u1, 0.5, u2, 1.5, u3, 0.8))                                                  \
    _(a, 1, FOUR(x, a, 1, 2, 3, 5, u4, 1.2, u5, 0.7, u6, 1.0, u0, 0.6))                                                  \
    _(a, 2, FOUR(x, a, 2, 3, 4, 6, u1, 0.9, u2, 1.4, u3, 1.1, u4, 2.0))                                                  \
    _(a, 3, FOUR(x, a, 3, 4, 5, 0, u5, 1.3, u6, 0.5, u0, 1.0, u1, 1.6))                                                  \
    _(a, 4, FOUR(x, a, 4, 5, 6, 1, u2, 0.8, u3, 1.2, u4, 0.9, u5, 1.1))                                                  \
    _(a, 5, FOUR(x, a, 5, 6, 0, 7, u6, 1.5, u0, 0.7, u1, 1.3, u2, 0.6))
#define ADD(a, p, sum) c##p##a = fma_(w, sum, c##p##a);
#define SET(a, p, sum) c##p##a = sum;
#define TIME(z, a) y##z##a = fma_(w, x##z##a, y##z##a);
#define ZERO(z, a) V y##z##a = {0};
#define STATES(_, a) _(0, a) _(1, a) _(2, a) _(3, a) _(4, a) _(5, a) _(6, a) _(7, a)

void run(long n, const double *inputs, const double *series, double *totals) {
    const double *death = series, *fall = series + T, *discount = series + 2 * T;
    for (long at = 0; at < n; at += LANES) {
#define IN(row) LOAD(inputs + (row) * n + at)
#define H(s) const V h##s = IN(s);
        H(0) H(1) H(2) H(3) H(4) H(5) H(6) H(7)
#undef H
        const V p02 = IN(8), p12 = IN(9), p13 = IN(10), p23 = IN(11), p34 = IN(12), p45 = IN(13), p56 = IN(14), p60 = IN(15);
        const V q03 = IN(16), q04 = IN(17), q14 = IN(18), q25 = IN(19), q36 = IN(20), q40 = IN(21), q51 = IN(22), q62 = IN(23);
        const V log_ha = log2_(IN(24)), log_hb = log2_(IN(25)), log_oa = log2_(IN(26)), log_ob = log2_(IN(27));
        const V g1 = exp2_(SPLAT(-1) / IN(28)), g2 = exp2_(SPLAT(-1) / IN(29));
#define U(k) const V u##k = IN(30 + k);
        U(0) U(1) U(2) U(3) U(4) U(5) U(6)
#undef U
        /* odds of what odds ratios change, and 1 less the other probabilities of the row */
#define ODDS(q) const V o##q = q / (SPLAT(1) - q);
        ODDS(q03) ODDS(q04) ODDS(q14) ODDS(q25) ODDS(q36) ODDS(q40) ODDS(q51) ODDS(q62)
#undef ODDS
        const V l0 = SPLAT(1) - p02, l1 = SPLAT(1) - p12 - p13, l2 = SPLAT(1) - p23, l3 = SPLAT(1) - p34, l4 = SPLAT(1) - p45,
                l5 = SPLAT(1) - p56, l6 = SPLAT(1) - p60;

#define START(a)                                                                                                         \
    V x0##a = IN(37), x1##a = IN(38), x2##a = IN(39), x3##a = {0}, x4##a = {0}, x5##a = {0}, x6##a = {0}, x7##a = {0};    \
    V c0##a = {0}, c1##a = {0}, c2##a = {0}, c3##a = {0}, c4##a = {0}, c5##a = {0};
        START(n) START(i)
#undef START
        V f1 = SPLAT(1), f2 = SPLAT(1);
#ifdef AFTER
        STATES(ZERO, n) STATES(ZERO, i)
#endif
        for (long t = 0; t < T; ++t) {
            const V m = SPLAT(-LOG2_E * death[t]), w = SPLAT(discount[t]);
            const V ha = exp2_(f1 * log_ha), hb = exp2_(f1 * log_hb), oa = exp2_(f2 * log_oa), ob = exp2_(f2 * log_ob);
            const V d0 = m * h0, d2 = m * h2, d4 = m * h4, d6 = m * h6, b7 = SPLAT(-LOG2_E * fall[t]) * h7;
            /* staying alive, and in s0 not falling: the same in both strategies where no ratio acts */
            const V sum_n = d0 + b7, s1 = exp2_(m * h1), s3 = exp2_(m * h3), s5 = exp2_(m * h5);
            const V d0i = d0 * ha, sum_i = d0i + b7;
            const V s0n = exp2_(sum_n), s2n = exp2_(d2), s4n = exp2_(d4), s6n = exp2_(d6);
            const V s0i = exp2_(sum_i), s2i = exp2_(d2 * hb), s4i = exp2_(d4 * ha), s6i = exp2_(d6 * hb);
            /* share of those who leave s0 by a hazard that fall to s1 */
            const V b_n = b7 / sum_n, b_i = b7 / sum_i;
#define CHANGED(q, e) const V u_##q = o##q * e, q##i = u_##q / (SPLAT(1) + u_##q);
            CHANGED(q03, oa) CHANGED(q04, ob) CHANGED(q14, oa) CHANGED(q25, ob) CHANGED(q36, oa) CHANGED(q40, ob)
            CHANGED(q51, oa) CHANGED(q62, ob)
#undef CHANGED

#ifdef AFTER
            STATES(TIME, n) STATES(TIME, i)
#else
            SUMS(x, n, ADD) SUMS(x, i, ADD)
#endif

#define MOVE(a, q, s0, s2, s4, s6)                                                                                       \
    {                                                                                                                    \
        const V y0 = x0##a * s0, y1 = x1##a * s1, y2 = x2##a * s2, y3 = x3##a * s3, y4 = x4##a * s4, y5 = x5##a * s5,    \
                y6 = x6##a * s6;                                                                                         \
        const V fallen = (x0##a - y0) * b_##a;                                                                           \
        x0##a = fma_(y0, l0 - q(q03) - q(q04), fma_(y4, q(q40), y6 * p60));                                              \
        x1##a = fma_(y1, l1 - q(q14), fma_(y5, q(q51), fallen));                                                         \
        x2##a = fma_(y2, l2 - q(q25), fma_(y0, p02, fma_(y1, p12, y6 * q(q62))));                                        \
        x3##a = fma_(y3, l3 - q(q36), fma_(y0, q(q03), fma_(y1, p13, y2 * p23)));                                        \
        x4##a = fma_(y4, l4 - q(q40), fma_(y0, q(q04), fma_(y1, q(q14), y3 * p34)));                                     \
        x5##a = fma_(y5, l5 - q(q51), fma_(y2, q(q25), y4 * p45));                                                       \
        x6##a = fma_(y6, l6 - q(q62), fma_(y3, q(q36), y5 * p56));                                                       \
        x7##a = SPLAT(1) - (((x0##a + x1##a) + (x2##a + x3##a)) + ((x4##a + x5##a) + x6##a));                            \
    }
#define USUAL(q) q
#define TREATED(q) q##i
            MOVE(n, USUAL, s0n, s2n, s4n, s6n)
            MOVE(i, TREATED, s0i, s2i, s4i, s6i)
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
