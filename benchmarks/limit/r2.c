/* R2: healthy, sick, sicker and dead, 75 years, six transitions, two strategies, two payers. The model is models/r2.

   inputs  (19, n): three death hazards, two probabilities, one that an odds ratio changes, two hazard ratios and one
           odds ratio, two half-lives, eight unit costs
   series  (3, T): death and fall (not used) by age, discount factor
   totals  (4, n): discounted cost by strategy and payer */

#include "limit.h"

enum { T = 75 };

/* discounted cost of each payer, from occupancy in a year or, where costs are taken out of the loop, from time spent */
#define SUMS(x, a, _)                                                                                                  \
    _(a, 0, fma_(u0, x##0##a, fma_(u1, x##1##a, fma_(u2, x##2##a, u3 * x##3##a))))                                     \
    _(a, 1, fma_(u4, x##0##a, fma_(u5, x##1##a, fma_(u6, x##2##a, u7 * x##3##a))))
#define ADD(a, p, sum) c##p##a = fma_(w, sum, c##p##a);
#define SET(a, p, sum) c##p##a = sum;
#define TIME(z, a) y##z##a = fma_(w, x##z##a, y##z##a);
#define ZERO(z, a) V y##z##a = {0};
#define STATES(_, a) _(0, a) _(1, a) _(2, a) _(3, a)

void run(long n, const double *inputs, const double *series, double *totals) {
    const double *death = series, *discount = series + 2 * T;
    for (long at = 0; at < n; at += LANES) {
#define IN(row) LOAD(inputs + (row) * n + at)
        const V h0 = IN(0), h1 = IN(1), h2 = IN(2), p01 = IN(3), p10 = IN(4), q12 = IN(5);
        const V log_ha = log2_(IN(6)), log_hb = log2_(IN(7)), log_oa = log2_(IN(8));
        const V g1 = exp2_(SPLAT(-1) / IN(9)), g2 = exp2_(SPLAT(-1) / IN(10));
        const V u0 = IN(11), u1 = IN(12), u2 = IN(13), u3 = IN(14), u4 = IN(15), u5 = IN(16), u6 = IN(17), u7 = IN(18);
        const V o12 = q12 / (SPLAT(1) - q12), l0 = SPLAT(1) - p01, l1 = SPLAT(1) - p10, l1n = l1 - q12;
        V x0n = SPLAT(1), x1n = {0}, x2n = {0}, x3n = {0}, x0i = SPLAT(1), x1i = {0}, x2i = {0}, x3i = {0};
        V c0n = {0}, c1n = {0}, c0i = {0}, c1i = {0}, f1 = SPLAT(1), f2 = SPLAT(1);
#ifdef AFTER
        STATES(ZERO, n) STATES(ZERO, i)
#endif
        for (long t = 0; t < T; ++t) {
            const V m = SPLAT(-LOG2_E * death[t]), w = SPLAT(discount[t]);
            const V ha = exp2_(f1 * log_ha), hb = exp2_(f1 * log_hb), oa = exp2_(f2 * log_oa);
            const V d0 = m * h0, d2 = m * h2;
            const V s1 = exp2_(m * h1), s0n = exp2_(d0), s2n = exp2_(d2), s0i = exp2_(d0 * ha), s2i = exp2_(d2 * hb);
            const V u_12 = o12 * oa, q12i = u_12 / (SPLAT(1) + u_12);
#ifdef AFTER
            STATES(TIME, n) STATES(TIME, i)
#else
            SUMS(x, n, ADD) SUMS(x, i, ADD)
#endif
#define MOVE(a, q, left1)                                                                                              \
    {                                                                                                                  \
        const V y0 = x0##a * s0##a, y1 = x1##a * s1, y2 = x2##a * s2##a;                                               \
        x0##a = fma_(y0, l0, y1 * p10);                                                                                \
        x1##a = fma_(y1, left1, y0 * p01);                                                                             \
        x2##a = fma_(y1, q, y2);                                                                                       \
        x3##a = SPLAT(1) - (x0##a + x1##a + x2##a);                                                                    \
    }
            MOVE(n, q12, l1n)
            MOVE(i, q12i, l1 - q12i)
            f1 *= g1;
            f2 *= g2;
        }
#ifdef AFTER
        SUMS(y, n, SET) SUMS(y, i, SET)
#endif
        STORE(totals + 0 * n + at, c0n);
        STORE(totals + 1 * n + at, c1n);
        STORE(totals + 2 * n + at, c0i);
        STORE(totals + 3 * n + at, c1i);
    }
}
