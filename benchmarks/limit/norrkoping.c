/* The study of configs/norrkoping: nine living states, 49 years, two strategies, ten payers, three effects.

   States: e education, w work, s and l short and long unemployed, o outside, m misuse, c custody, k sick leave,
   d disability pension. inputs (31, n): the study's uncertain assumptions and those that its authors set differently, in
   the order of IN below; series (T, SERIES): what the year alone decides, a row a year; totals (20, n): discounted cost
   by strategy and payer. */

#include "limit.h"

enum { T = 49 };
/* columns of `series`: probabilities of the tables, 1 less their sum where no draw changes one of them, log2(1 - p) of
   those that become (1 - p)^h, survival where the death rate is known, and four more */
enum {
    EW, ES, EO, EM, EC, EK, E_, WE, WS, WO, WM, WC, WK, WD, W_, SE, SW, SL, SO, SM, SC, SK, SD, S_,
    LE, LS, LO, LM, LC, LK, LD, L_, OE, OS, OL, OM, OC, OK, OD, O_, ME, MW, MS, MO, MC, MK, MD, M_,
    CE, CW, CS, CO, CM, C_, KE, KW, KS, KL, KO, KM, KD, K_, DW, DS, DO, DM, D_,
    LOG_EM, LOG_EC, LOG_WM, LOG_WC, LOG_SM, LOG_SC, LOG_MC, LOG_CM, LOG_KM, LOG_DM, LOG_LW, LOG_OW,
    ALIVE_E, ALIVE_W, ALIVE_S, ALIVE_C, ALIVE_D, MORTALITY, LINEAR, UNDER_18, UNDER_20, SERIES
};


void run(long n, const double *inputs, const double *series, double *totals) {
    const V one = SPLAT(1), none = {0};
    for (long at = 0; at < n; at += LANES) {
#define IN(row) LOAD(inputs + (row) * n + at)
        const V horizon = IN(0), v = one / (one + IN(1)), factor = IN(5), job = IN(16), inactive = IN(17), ratio_m = IN(18);
        const V h_out = factor * log2_(IN(2)), h_m = factor * log2_(IN(3)), h_c = factor * log2_(IN(4));
        const V exposure = IN(7) * (one - IN(8)), kept_work = one - IN(9), kept = IN(10), ca = IN(11), cs = IN(12);
        const V fade_out = IN(29);
        const I linear = fade_out == SPLAT(2);
        const V g = choose_(fade_out == none, one, exp2_(-one / IN(6)));

        const V pay = IN(21) * SPLAT(12) * IN(22), index = pay * SPLAT(1 / 268800.0);
        const V admin = IN(23), outside = IN(24) * ca, care = IN(25) * SPLAT(0.45), justice = IN(26), counted = choose_(IN(30) == none, one, none);
        const V prison = SPLAT(3867.1914078860764 * 365) * choose_(IN(31) == none, one, IN(14));
        const V placed = (SPLAT(0.3 * 13000 * 0.6667) + SPLAT(0.7) * IN(27)) * SPLAT(365) * ca;
        const V tax = SPLAT(53000) * index, victim = IN(28) * counted;
        /* cost of a year by payer and state; y is education before 20, u custody before 18 */
        const V m_y = IN(20) * cs, m_w = -tax * kept, m_s = SPLAT(15000) * ca, m_l = SPLAT(50000) * ca, m_o = outside + SPLAT(5000) * cs,
                m_m = care * cs + SPLAT(72000) * ca, m_d = SPLAT(20000) * cs, r_w = SPLAT(-28200) * index,
                a_s = SPLAT(80000) + admin, a_l = SPLAT(73000) + admin, j_c = justice + justice,
                t_w = index * SPLAT(25000 - 84500) - tax * (one - kept), t_u = SPLAT(13000 * 365 * 0.3 * (1 - 0.6667)),
                i_w = index * SPLAT(53000 + 28200 - 25000) - pay, i_s = SPLAT(-80000) - m_s, i_l = SPLAT(-58000) - m_l,
                i_m = SPLAT(-82000) + SPLAT(-72000) * (ca - one), v_c = SPLAT(40000) * counted;
#define SUM(x, w, _)                                                                                                                         \
    _(0, fma_(m_y, x##y, fma_(m_w, w, fma_(m_s, x##s, fma_(m_l, x##l, fma_(m_o, x##o, fma_(m_m, x##m, fma_(placed, x##u, m_d * x##d)))))))) \
    _(1, fma_(r_w, w, fma_(SPLAT(8000), x##o, fma_(care, x##m, fma_(SPLAT(15000), x##c, fma_(SPLAT(40000), x##k, SPLAT(25000) * x##d)))))) \
    _(2, fma_(SPLAT(10000), x##m, fma_(SPLAT(150000), x##k, SPLAT(186000) * x##d)))                                                         \
    _(3, fma_(a_s, x##s, fma_(a_l, x##l, fma_(SPLAT(10000), x##o, SPLAT(5000) * x##m))))                                                    \
    _(4, fma_(justice, x##m, j_c * x##c))                                                                                                   \
    _(5, prison * (x##c - x##u))                                                                                                            \
    _(6, fma_(SPLAT(40000), x##e, fma_(t_w, w, t_u * x##u)))                                                                                \
    _(7, fma_(SPLAT(-40000), x##e, fma_(i_w, w, fma_(i_s, x##s, fma_(i_l, x##l, fma_(SPLAT(-150000), x##k, fma_(SPLAT(-186000), x##d, fma_(i_m, x##m, -outside * x##o)))))))) \
    _(8, fma_(victim, x##m, v_c * x##c))
#define PAYERS(_) _(0) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8)
#define EACH(_) _(e) _(w) _(s) _(l) _(o) _(m) _(c) _(k) _(d)
        /* x usual, z under the programme; what is counted are x, and the difference z - x of those who take part */
        V xe = one - IN(15) - SPLAT(0.03) - SPLAT(0.02), xw = none, xs = SPLAT(0.03), xl = none, xo = IN(15), xm = SPLAT(0.02), xc = none,
          xk = none, xd = none;
        V ze = xe, zw = none, zs = xs, zl = none, zo = xo, zm = xm, zc = none, zk = none, zd = none;
        V discount = one, f = one;
#ifdef AFTER
#define ZERO(z) V n##z = none, p##z = none;
        EACH(ZERO) V ny = none, nu = none, py = none, pu = none;
#else
#define ZERO(z) V n##z = none, p##z = none;
        PAYERS(ZERO)
#endif
        const double *at_year = series;
        for (long t = 0; t < T; ++t, at_year += SERIES) {
#define Q(name) SPLAT(at_year[name])
            const V weight = discount * least_(one, most_(none, horizon - SPLAT(t)));
            const V xy = xe * Q(UNDER_20), xu = xc * Q(UNDER_18);
#define CHANGE(s) const V b##s = z##s - x##s;
            EACH(CHANGE)
            const V by = be * Q(UNDER_20), bu = bc * Q(UNDER_18);
#ifdef AFTER
#define TIME(z) n##z = fma_(weight, x##z, n##z); p##z = fma_(weight, b##z, p##z);
            EACH(TIME) TIME(y) TIME(u)
#else
            const V bw_ = bw * kept_work;
#define USUAL(z, sum) n##z = fma_(weight, sum, n##z);
#define EXTRA(z, sum) p##z = fma_(weight, sum, p##z);
            SUM(x, xw, USUAL) SUM(b, bw_, EXTRA)
#endif
            const V fade = choose_(linear, Q(LINEAR), f);
            const V rate = SPLAT(-LOG2_E * at_year[MORTALITY]), alive = exp2_(rate * inactive), alive_m = exp2_(rate * ratio_m);
            const V ho = exp2_(fade * h_out), hm = exp2_(fade * h_m), hc = exp2_(fade * h_c);
            const V lw = one - exp2_(job * Q(LOG_LW)), ow = one - exp2_(job * Q(LOG_OW)), l_ = Q(L_) - lw, o_ = Q(O_) - ow;
            {
                const V e = xe * Q(ALIVE_E), w = xw * Q(ALIVE_W), s = xs * Q(ALIVE_S), l = xl * alive, o = xo * alive, m = xm * alive_m,
                        c = xc * Q(ALIVE_C), k = xk * alive, d = xd * Q(ALIVE_D);
#define F(x, name, sum) fma_(x, Q(name), sum)
                xe = F(e, E_, F(w, WE, F(s, SE, F(l, LE, F(o, OE, F(m, ME, F(c, CE, k * Q(KE))))))));
                xw = F(e, EW, F(w, W_, F(s, SW, fma_(l, lw, fma_(o, ow, F(m, MW, F(c, CW, F(k, KW, d * Q(DW)))))))));
                xs = F(e, ES, F(w, WS, F(s, S_, F(l, LS, F(o, OS, F(m, MS, F(c, CS, F(k, KS, d * Q(DS)))))))));
                xl = F(s, SL, fma_(l, l_, F(o, OL, k * Q(KL))));
                xo = F(e, EO, F(w, WO, F(s, SO, F(l, LO, fma_(o, o_, F(m, MO, F(c, CO, F(k, KO, d * Q(DO)))))))));
                xm = F(e, EM, F(w, WM, F(s, SM, F(l, LM, F(o, OM, F(m, M_, F(c, CM, F(k, KM, d * Q(DM)))))))));
                xc = F(e, EC, F(w, WC, F(s, SC, F(l, LC, F(o, OC, F(m, MC, c * Q(C_)))))));
                xk = F(e, EK, F(w, WK, F(s, SK, F(l, LK, F(o, OK, F(m, MK, k * Q(K_)))))));
                xd = F(w, WD, F(s, SD, F(l, LD, F(o, OD, F(m, MD, F(k, KD, d * Q(D_)))))));
            }
            {
                const V e = ze * Q(ALIVE_E), w = zw * Q(ALIVE_W), s = zs * Q(ALIVE_S), l = zl * alive, o = zo * alive, m = zm * alive_m,
                        c = zc * Q(ALIVE_C), k = zk * alive, d = zd * Q(ALIVE_D);
                /* out of exclusion: what all good ways take together, and what is left to all others */
                const V lj = lw + Q(LE) + Q(LS), lr = one - lj, lq = exp2_(ho * log2_(lr)), l1 = l * ((one - lq) / lj), l2 = l * (lq / lr);
                const V oj = ow + Q(OE) + Q(OS), or = one - oj, oq = exp2_(ho * log2_(or)), o1 = o * ((one - oq) / oj), o2 = o * (oq / or);
                const V lb = lq / lr, ob = oq / or;
                const V lm0 = Q(LM) * lb, lm1 = one - exp2_(hm * log2_(one - lm0)), lc0 = Q(LC) * lb, lc1 = one - exp2_(hc * log2_(one - lc0));
                const V om0 = Q(OM) * ob, om1 = one - exp2_(hm * log2_(one - om0)), oc0 = Q(OC) * ob, oc1 = one - exp2_(hc * log2_(one - oc0));
                const V em = one - exp2_(hm * Q(LOG_EM)), ec = one - exp2_(hc * Q(LOG_EC)), wm = one - exp2_(hm * Q(LOG_WM)),
                        wc = one - exp2_(hc * Q(LOG_WC)), sm = one - exp2_(hm * Q(LOG_SM)), sc = one - exp2_(hc * Q(LOG_SC)),
                        mc = one - exp2_(hc * Q(LOG_MC)), cm = one - exp2_(hm * Q(LOG_CM)), km = one - exp2_(hm * Q(LOG_KM)),
                        dm = one - exp2_(hm * Q(LOG_DM));
                const V e_ = Q(E_) + Q(EM) + Q(EC) - em - ec, w_ = Q(W_) + Q(WM) + Q(WC) - wm - wc, s_ = Q(S_) + Q(SM) + Q(SC) - sm - sc,
                        m_ = Q(M_) + Q(MC) - mc, c_ = Q(C_) + Q(CM) - cm, k_ = Q(K_) + Q(KM) - km, d_ = Q(D_) + Q(DM) - dm;
                const V l_i = fma_(l_, lb, (lm0 - lm1) + (lc0 - lc1)), o_i = fma_(o_, ob, (om0 - om1) + (oc0 - oc1));
                ze = fma_(e, e_, F(w, WE, F(s, SE, F(l1, LE, F(o1, OE, F(m, ME, F(c, CE, k * Q(KE))))))));
                zw = F(e, EW, fma_(w, w_, F(s, SW, fma_(l1, lw, fma_(o1, ow, F(m, MW, F(c, CW, F(k, KW, d * Q(DW)))))))));
                zs = F(e, ES, F(w, WS, fma_(s, s_, F(l1, LS, F(o1, OS, F(m, MS, F(c, CS, F(k, KS, d * Q(DS)))))))));
                zl = F(s, SL, fma_(l, l_i, F(o2, OL, k * Q(KL))));
                zo = F(e, EO, F(w, WO, F(s, SO, F(l2, LO, fma_(o, o_i, F(m, MO, F(c, CO, F(k, KO, d * Q(DO)))))))));
                zm = fma_(e, em, fma_(w, wm, fma_(s, sm, fma_(l, lm1, fma_(o, om1, fma_(m, m_, fma_(c, cm, fma_(k, km, d * dm))))))));
                zc = fma_(e, ec, fma_(w, wc, fma_(s, sc, fma_(l, lc1, fma_(o, oc1, fma_(m, mc, c * c_))))));
                zk = F(e, EK, F(w, WK, F(s, SK, F(l2, LK, F(o2, OK, F(m, MK, k * k_))))));
                zd = F(w, WD, F(s, SD, F(l2, LD, F(o2, OD, F(m, MD, F(k, KD, d * d_))))));
            }
            discount *= v;
            f *= g;
        }
#ifdef AFTER
        const V nw_ = nw, pw_ = pw * kept_work;
#define COST(z, sum) const V n##z = sum;
#define MORE(z, sum) const V p##z = sum;
        SUM(n, nw_, COST) SUM(p, pw_, MORE)
#endif
        const V programme = choose_(horizon > none, IN(19), none);
#define OUT(z) STORE(totals + z * n + at, n##z); STORE(totals + (10 + z) * n + at, fma_(exposure, p##z, n##z + (z == 0 ? programme : none)));
        PAYERS(OUT)
        STORE(totals + 9 * n + at, none);
        STORE(totals + 19 * n + at, (IN(13) - one) * programme);
    }
}
