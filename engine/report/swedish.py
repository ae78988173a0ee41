"""The report in Swedish: message key -> sentence or label with named slots."""

from __future__ import annotations

from engine.report.swedish_analyses import SWEDISH_ANALYSES
from engine.report.swedish_budget import SWEDISH_BUDGET
from engine.report.swedish_economics import SWEDISH_ECONOMICS
from engine.report.swedish_follow_up import SWEDISH_FOLLOW_UP
from engine.report.swedish_inside import SWEDISH_INSIDE
from engine.report.swedish_laws import SWEDISH_LAWS
from engine.report.swedish_model import SWEDISH_MODEL
from engine.report.swedish_years import SWEDISH_YEARS

SWEDISH: dict[str, str] = {
    **SWEDISH_ANALYSES,
    **SWEDISH_BUDGET,
    **SWEDISH_ECONOMICS,
    **SWEDISH_FOLLOW_UP,
    **SWEDISH_INSIDE,
    **SWEDISH_LAWS,
    **SWEDISH_MODEL,
    **SWEDISH_YEARS,
    # lists and units
    "list.comma": ", ",
    "list.semicolon": "; ",
    "list.last": "{names} och {last}",
    "list.more.one": "{names} och {n} till",
    "list.more.other": "{names} och {n} till",
    "unit.sek": "kr",
    "unit.thousand_sek": "tkr",
    "unit.million_sek": "mkr",
    "text.interval": "{low} till {high}",
    "text.never": "inte inom horisonten",
    "text.from_start": "genast",
    "text.no_uncertainty": "ingen osäkerhet angiven",
    "axis.money": "{unit} per deltagare, {year} års priser",
    "axis.years": "år från start",
    "axis.paid_back": "andel återbetalda dragningar",
    "axis.variance_share": "andel av nettobesparingens varians",
    "axis.cohort_share": "andel av deltagarna",
    # words inside figures
    "plot.beyond_horizon": "räknas inte",
    "plot.cut": "år {year}: {amount}",
    "plot.nothing": "inget betalas eller sparas",
    "plot.in_view": "{name} · {view}",
    "plot.flow_heading": "Nettobesparing varje år, {unit} per deltagare",
    "plot.sum_heading": "Summa hittills, {unit}",
    "plot.paid_back": "återbetald efter {years} år (median)",
    "plot.paid_back_at_once": "sparar från start",
    "plot.not_paid_back": "inte återbetald inom tidshorisonten (median)",
    "plot.ends_at": "{name}: {share}",
    "plot.other_assumptions.one": "{n} annat antagande",
    "plot.other_assumptions.other": "{n} andra antaganden",
    "plot.low_input": "lågt värde (5 %-kvantil)",
    "plot.high_input": "högt värde (95 %-kvantil)",
    "plot.first_order": "ensamt (första ordningen)",
    "plot.total_order": "med samspel (totalt)",
    "plot.occupancy_difference": "Insatsens förändring i varje kalkyl, procentenheter (egna skalor)",
    # the page
    "page.skip": "Hoppa till svaret",
    "page.contents": "På den här sidan",
    "page.kicker": "Rapport från Insats",
    "page.subtitle.one": "{n} kalkyl över ”{strategy}”, jämfört med ”{baseline}”. Belopp i {year} års priser.",
    "page.subtitle.other": "{n} kalkyler över ”{strategy}”, jämfört med ”{baseline}”. Belopp i {year} års priser.",
    "page.description": "Vad kalkylerna över insatsen säger, och varför de skiljer sig åt.",
    "page.footer": "Gjord med Insats. Studie ”{study}”, körning {key}.",
    "page.how": "Så läses figuren:",
    "page.table_of": "Siffrorna i figuren",
    "page.swipe": "Går att dra i sidled →",
    "page.print_note": "Kort utskrift: det som är hopfällt på sidan är inte med här. Allt finns på själva sidan och i "
    "tabellerna intill den (npv.csv, differences.csv, sensitivity.csv).",
    "page.scroll": "Figur, går att dra i sidled på en smal skärm",
    "table.scroll": "Tabell, går att dra i sidled på en smal skärm: {caption}",
    # 1 the answer
    "answer.title": "Svaret i tre punkter",
    "answer.range.single": "Nettobesparingen per deltagare med ”{strategy}”, så som {low_name} redovisar den i sitt "
    "eget perspektiv ({low_view}): {low} kronor (sannolikhet att insatsen sparar pengar: {low_p}).",
    "answer.range.mixed": "Kalkylerna är oense om huruvida ”{strategy}” sparar pengar. Nettobesparingen per deltagare, "
    "så som var och en redovisar den: från {low} kronor ({low_name}, perspektivet ”{low_view}”; sannolikhet att "
    "insatsen sparar pengar: {low_p}) till {high} kronor ({high_name}, perspektivet ”{high_view}”; {high_p}).",
    "answer.range.gain": "Alla kalkyler visar att ”{strategy}” sparar pengar. Nettobesparingen per deltagare, så som "
    "var och en redovisar den: från {low} kronor ({low_name}, perspektivet ”{low_view}”; sannolikhet att insatsen "
    "sparar pengar: {low_p}) till {high} kronor ({high_name}, perspektivet ”{high_view}”; {high_p}).",
    "answer.range.loss": "Alla kalkyler visar att ”{strategy}” kostar mer än den sparar. Nettobesparingen per "
    "deltagare, så som var och en redovisar den: från {low} kronor ({low_name}, perspektivet ”{low_view}”; "
    "sannolikhet att insatsen sparar pengar: {low_p}) till {high} kronor ({high_name}, perspektivet ”{high_view}”; "
    "{high_p}).",
    "answer.gap.one": "De {gap} kronor som skiljer dessa två ({low_name} och {high_name}) kommer av ”{a1}”.",
    "answer.gap.two": "De {gap} kronor som skiljer dessa två ({low_name} och {high_name}) består av: ”{a1}” {c1}; "
    "”{a2}” {c2}.",
    "answer.gap.three": "De {gap} kronor som skiljer dessa två ({low_name} och {high_name}) består av: ”{a1}” {c1}; "
    "”{a2}” {c2}; ”{a3}” {c3}.",
    "answer.gap.more.one": "De {gap} kronor som skiljer dessa två ({low_name} och {high_name}) består av: ”{a1}” "
    "{c1}; ”{a2}” {c2}; ”{a3}” {c3}; ett annat antagande {rest}.",
    "answer.gap.more.other": "De {gap} kronor som skiljer dessa två ({low_name} och {high_name}) består av: ”{a1}” "
    "{c1}; ”{a2}” {c2}; ”{a3}” {c3}; {n} andra antaganden tillsammans {rest}.",
    "answer.gap.none": "{low_name} och {high_name} gör samma antaganden, så det finns ingen skillnad att förklara.",
    "answer.gap.missing": "Varför kalkylerna skiljer sig åt undersöktes inte i den här körningen.",
    "answer.gap.single": "Det finns bara en kalkyl, så det finns ingen skillnad mellan kalkyler att förklara.",
    "answer.same_view": "Med båda sedda i perspektivet ”{perspective}” återstår {gap} kronor ({low_name}: {low}; "
    "{high_name}: {high}).",
    "answer.who.pay": "Förlorar i alla kalkyler: {names}.",
    "answer.who.gain": "Vinner i alla kalkyler: {names}.",
    "answer.who.mixed": "Beror på kalkylen: {names}.",
    "answer.who.none": "Ingen får ändrade kostnader i någon kalkyl.",
    "answer.rounding": "Varje belopp är avrundat för sig, till så många siffror som Monte Carlo-felet tillåter och "
    "högst tre; en summa eller skillnad av två kan därför avvika med ett i sista siffran. I figurerna är kr kronor, "
    "tkr tusen kronor och mkr miljoner kronor.",
    "answer.who_one": "{name} ({amount} kronor)",
    "answer.who_span": "{name} ({low} till {high} kronor)",
    "answer.caveat": "Vad detta inte kan säga",
    "answer.cards": "Vad varje kalkyl redovisar, i sitt eget perspektiv",
    "answer.cards_of": "{strategy}: vad varje kalkyl redovisar, i sitt eget perspektiv",
    "answer.card_perspective": "Perspektiv: {perspective}",
    "answer.card_unit": "kronor per deltagare",
    "answer.card_total": "{amount} miljoner kronor för alla {cohort} deltagare",
    "answer.card_probability": "Sannolikhet att spara pengar: {p}",
    "answer.card_payback": "Återbetald efter {years} år (odiskonterat)",
    "answer.card_payback_both": "Återbetald efter {years} år; diskonterat efter {discounted}",
    "answer.card_payback_not_discounted": "Återbetald efter {years} år; diskonterat inte inom tidshorisonten",
    "answer.card_payback_at_once": "Sparar pengar från start",
    "answer.card_no_payback": "Inte återbetald inom {years} år, kalkylens tidshorisont",
    "answer.card_nothing": "I det här perspektivet betalas eller sparas ingenting",
    "answer.words": "Ord på den här sidan",
    "word.npv": "Nettobesparing (NPV)",
    "word.npv_means": "Det som sparas minus det som insatsen kostar, där senare år väger mindre enligt "
    "diskonteringsräntan; även kallat nettonuvärde. Över noll sparar insatsen mer än den kostar inom tidshorisonten.",
    "word.perspective": "Perspektiv",
    "word.perspective_means": "Vems kostnader som räknas ihop. Ett bidrag som en betalar och en annan får tar ut sig "
    "själv där båda räknas.",
    "word.horizon": "Tidshorisont",
    "word.horizon_means": "De år som en kalkyl räknar kostnader och besparingar för.",
    "word.draw": "Dragning",
    "word.draw_means": "En uppsättning värden på allt som är osäkert. Resultatet beräknas för var och en av många "
    "dragningar; en sannolikhet är andelen av dem.",
    "word.interval": "90-procentsintervall",
    "word.interval_means": "Nio dragningar av tio hamnar mellan dess ändar. Det visar den osäkerhet som kalkylens "
    "författare har angett, inte oenigheten mellan kalkylerna.",
    "word.payback": "Återbetald efter",
    "word.payback_means": "Den tid efter vilken det som har sparats hittills aldrig mer hamnar under noll: medianen av "
    "dragningarna, odiskonterat om inget annat sägs, i det perspektiv som kalkylen redovisar om inget annat nämns.",
    "word.shapley": "Bidrag till en skillnad (Shapley)",
    "word.shapley_means": "Det genomsnittliga steget i nettobesparing när en kalkyls antaganden byts mot en annans, "
    "ett i taget och i alla tänkbara ordningsföljder. Bidragen summerar exakt till skillnaden.",
    "word.sobol": "Sobol-index",
    "word.sobol_means": "Den andel av osäkerheten (variansen) i nettobesparingen som ett osäkert ingångsvärde orsakar, "
    "ensamt eller tillsammans med andra.",
    # 2 NPV
    "npv.title": "Nettobesparing enligt varje kalkyl",
    "npv.lead": "Nettonuvärde per deltagare i {year} års priser. Över noll sparar insatsen mer än den kostar inom "
    "kalkylens egen tidshorisont.",
    "npv.own_caption": "Varje kalkyl i det perspektiv som den själv redovisar, kronor per deltagare",
    "npv.head.calculation": "Kalkyl",
    "npv.head.perspective": "Perspektiv",
    "npv.head.horizon": "Horisont, år",
    "npv.head.mean": "Netto\u00adbesparing, medel\u00advärde",
    "npv.head.interval": "Intervall, 90 %",
    "npv.head.probability": "Sannolik\u00adhet att spara",
    "npv.head.payback": "Återbetald efter, år, odiskon\u00adterat",
    "npv.head.discounted": "Detsamma, diskon\u00adterat",
    "npv.head.p_payback": "Sannolik\u00adhet för åter\u00adbetalning",
    "npv.head.ratio": "Nytto\u00adkostnads\u00adkvot",
    "npv.head.party": "Perspektiv eller betalare",
    "npv.head.mcse": "Medel\u00advärdets standard\u00adfel",
    "npv.head.sd": "Standard\u00adavvikelse",
    "npv.head.median": "Median",
    "npv.head.low": "5 %-kvantil",
    "npv.head.high": "95 %-kvantil",
    "npv.bars_caption": "Nettobesparing i varje perspektiv och kalkyl, kronor per deltagare",
    "npv.payers_caption": "Nettobesparing för varje betalare och kalkyl, kronor per deltagare",
    "npv.note": "Belopp visas inte med fler siffror än vad medelvärdets Monte Carlo-standardfel tillåter. "
    "Nyttokostnadskvoten är värdet av det som vinns delat med vad insatsen kostar; den finns bara för den som betalar "
    "för insatsen.",
    "npv.all_caption": "Nettobesparing i alla perspektiv och för alla betalare, medelvärde och 90-procentsintervall, "
    "kronor per deltagare",
    "npv.group.perspectives": "Perspektiv",
    "npv.group.payers": "Betalare",
    "npv.own_view": "Varje kalkyls eget perspektiv",
    "npv.headline_mark": "huvudperspektiv",
    "npv.bars_title": "Nettobesparing per perspektiv och kalkyl",
    "npv.bars_how": "En stapel till höger om noll sparar pengar, en till vänster kostar pengar; det tunna strecket "
    "spänner över 90-procentsintervallet. Talet är medelvärdet.",
    "npv.payers_title": "Nettobesparing per betalare och kalkyl",
    "npv.payers_how": "Varje grupp är en betalare: staplar åt höger betyder att betalaren vinner inom kalkylens "
    "tidshorisont, staplar åt vänster att den betalar.",
    "npv.full": "Alla siffror: standardfel, kvantiler och återbetalning för alla perspektiv och betalare",
    "npv.full_caption": "Nettobesparing i detalj, kronor per deltagare",
    # 3 cash flow
    "flow.title": "Vem som betalar och vem som vinner, år för år",
    "flow.lead": "Pengarna när de faller ut varje år, före diskontering: kostnader under noll, besparingar över. En "
    "betalare som vinner sent hjälper inte den som måste hitta pengarna nu.",
    "flow.programme": "Insatsens kostnad bärs av: {payers}.",
    "flow.figure_title": "Nettobesparing per år och betalare",
    "flow.how": "Till vänster: de färgade delarna av en stapel är betalare, det mörka strecket är deras summa det "
    "året; varje kalkyl har sin egen skala och slutar vid sin tidshorisont. En stapel som inte får plats är kapad och "
    "dess summa utskriven. Till höger: summan av alla år hittills, odiskonterat, för betalarna i det perspektiv som "
    "kalkylen redovisar (det står ovanför rutan), i samma skala för alla; där linjen passerar noll för gott har "
    "pengarna kommit tillbaka.",
    "flow.caption": "Nettobesparing under utvalda år, kronor per deltagare, odiskonterat",
    "flow.head.year": "År {year}",
    "flow.head.sum": "Summa inom tids\u00adhorisonten",
    "flow.sum_row": "Alla betalare",
    "theme.method": "Metodval",
    # 4 differences
    "gap.title": "Varför två kalkyler skiljer sig åt",
    "gap.lead": "Varje steg byter ett antagande i den första kalkylen mot motsvarande i den andra. Vad ett steg är "
    "värt beror på vilka som redan är bytta. Därför är varje bidrag det genomsnittliga steget när antagandena byts "
    "ett i taget i alla tänkbara ordningsföljder (Shapleybidraget). Bidragen summerar exakt till skillnaden.",
    "gap.alone_note": "Kolumnen ”Ensamt” är effekten av att ändra bara det antagandet, ”Sist” effekten av att ändra "
    "det efter alla andra. De effekterna summerar inte till skillnaden, eftersom antaganden förstärker eller "
    "försvagar varandra: en längre tidshorisont är värd mycket om effekten varar, och lite om den klingar av.",
    "gap.missing": "Skillnaderna mellan kalkylerna undersöktes inte i den här körningen.",
    "gap.headline_part": "Båda i perspektivet ”{perspective}”",
    "gap.reported_part": "Så som de redovisas: varje kalkyl i sitt eget perspektiv",
    "gap.reported_note": "Valet av perspektiv är ett av de antaganden som gör att två kalkyler skiljer sig åt.",
    "gap.reported_same": "Dessa par redovisar själva i det perspektivet och är desamma som ovan: {pairs}.",
    "gap.part_of": "{strategy}: {part}",
    "gap.member": "{label}: {value}",
    "gap.no_theme": "utan tema",
    "gap.pair": "{a} → {b}",
    "gap.summary": "{a} → {b}: {gap} kronor per deltagare",
    "gap.figure_title": "Från {a} till {b}",
    "gap.how": "Börja vid den mörka stapeln överst och följ stegen ned till den mörka stapeln längst ned: blått höjer "
    "nettobesparingen, orange sänker den. Det tunna strecket spänner från det minsta till det största steget över "
    "alla ordningsföljder.",
    "gap.caption": "Från {a} till {b}: varje antagandes bidrag, kronor per deltagare",
    "gap.head.assumption": "Antagande",
    "gap.head.theme": "Tema",
    "gap.head.from": "Från: {a}",
    "gap.head.to": "Till: {b}",
    "gap.head.contribution": "Bidrag",
    "gap.head.alone": "Ensamt",
    "gap.head.total": "Sist",
    "gap.head.range": "Minsta till största steg",
    "gap.theme_caption": "Från {a} till {b}: varje temas bidrag, kronor per deltagare",
    "gap.sum_row": "Summa",
    "gap.sampled": "Ordningsföljderna är ett urval, inte alla; ett bidrags standardfel är högst {se} kronor.",
    "gap.error": "Alla blandningar av de två beräknades i {draws} gemensamma dragningar. Monte Carlo-standardfelet är "
    "{se} kronor för skillnaden och högst {most} kronor för ett bidrag.",
    "gap.no_difference": "De två gör samma antaganden.",
    # 5 ranking
    "rank.title": "Vilka antaganden som betyder mest i alla kalkyler",
    "rank.lead.one": "Storleken på varje bidrag i perspektivet ”{perspective}”, oavsett tecken: det finns ett par av "
    "kalkyler. Att enas om det som står överst minskar oenigheten mest.",
    "rank.lead.other": "Storleken på varje bidrag, oavsett tecken, i genomsnitt över alla {n} par av kalkyler i "
    "perspektivet ”{perspective}”. Att enas om det som står överst minskar oenigheten mest.",
    "rank.lead_reported.one": "Storleken på varje bidrag till det som redovisas, oavsett tecken: det finns ett par av "
    "kalkyler. Att enas om det som står överst minskar oenigheten mest.",
    "rank.lead_reported.other": "Storleken på varje bidrag till det som redovisas, oavsett tecken, i genomsnitt över "
    "alla {n} par av kalkyler, var och en i sitt eget perspektiv. Att enas om det som står överst minskar oenigheten "
    "mest.",
    "rank.none": "Inget antagande skiljer två kalkyler åt i det här perspektivet.",
    "rank.figure_title": "Genomsnittligt bidrag till skillnaden mellan två kalkyler",
    "rank.how": "Ju längre stapel, desto mer skiljer antagandet i genomsnitt två kalkyler åt. Färgerna är teman.",
    "rank.caption": "Genomsnittligt bidrag över alla par, kronor per deltagare",
    "rank.head.mean": "Genomsnittligt bidrag",
    "rank.head.pairs": "Antal par som det skiljer",
    # 6 fan and pay-back
    "path.title": "Hur nettobesparingen växer, och när insatsen är återbetald",
    "path.lead": "Det som har sparats hittills, odiskonterat, varje kalkyl i det perspektiv som den redovisar. En "
    "insats börjar under noll, med sin kostnad, och är återbetald när den stannar över noll.",
    "path.fan_title": "Ackumulerad nettobesparing och dess osäkerhet",
    "path.fan_how": "Linjen är medianen; hälften av dragningarna löper inom det mörka bandet och nio av tio inom det "
    "ljusa. Ringen markerar medianåret för återbetalning. Varje ruta har sin egen skala och slutar vid kalkylens "
    "tidshorisont.",
    "path.fan_caption": "Ackumulerad nettobesparing vid utvalda år, kronor per deltagare: median och 90-procentsband",
    "path.payback_title": "Sannolikhet att insatsen är återbetald",
    "path.payback_how": "En linjes höjd är andelen dragningar som är återbetalda det året, odiskonterat. Linjen slutar "
    "vid kalkylens tidshorisont; andelen där står vid dess namn.",
    "path.payback_caption": "Sannolikhet att insatsen är återbetald, och mediantid, varje kalkyl i sitt eget "
    "perspektiv",
    "path.head.by": "Efter {year} år",
    # 7 sensitivity
    "sens.title": "Vad som gör den enskilda kalkylen osäker",
    "sens.lead": "Hittills har kalkylerna jämförts. Här tas en kalkyl i taget: vilka av dess osäkra ingångsvärden "
    "avgör om insatsen lönar sig?",
    "sens.missing": "Ingen känslighetsanalys gjordes i den här körningen.",
    "sens.what": "Nettobesparing med ”{strategy}” i perspektivet ”{party}”.",
    "sens.what_reported": "Nettobesparing med ”{strategy}” i kalkylens eget perspektiv.",
    "sens.tornado_title": "Ett ingångsvärde i taget: {name}",
    "sens.tornado_how": "Varje stapel visar hur långt nettobesparingen flyttas när ett ingångsvärde är lågt eller högt "
    "och de andra är som de är; talen vid ändarna är ingångsvärdet självt. Den streckade linjen är medelvärdet "
    "oförändrat.",
    "sens.tornado_caption": "Ett ingångsvärde i taget, kronor per deltagare: {name}",
    "sens.sobol_title": "Andel av osäkerheten: {name}",
    "sens.sobol_how": "Sobol-indexet är den andel av nettobesparingens varians som ett ingångsvärde orsakar: ensamt, "
    "och tillsammans med andra. Det tunna strecket är skattningens 95-procentsintervall; värden under noll är brus i "
    "skattningen, och likaså ett ingångsvärde som tycks göra mer ensamt än totalt.",
    "sens.sobol_caption": "Sobol-index med halva bredden på deras 95-procentsintervall: {name}",
    "sens.pairs_caption": "De största samspelen mellan två ingångsvärden: {name}",
    "sens.morris_caption": "Morrismetoden, kronor per deltagare: {name}",
    "sens.morris_how": "Morrismetoden flyttar ett ingångsvärde i taget över hela dess spann från många startpunkter. "
    "Effektens genomsnittliga storlek säger hur mycket ingångsvärdet betyder; en stor spridning säger att effekten "
    "beror på de andra.",
    "sens.runs.one": "{n} beräkning av modellen.",
    "sens.runs.other": "{runs} beräkningar av modellen.",
    "sens.others.one": "{n} annat ingångsvärde, storlek {most}",
    "sens.others.other": "{n} andra ingångsvärden, vart och ett högst {most}",
    "sens.pairs_none": "Inget samspel mellan två ingångsvärden går att skilja från brus med så här många beräkningar.",
    "sens.pairs_note.one": "Bara samspel vars 95-procentsintervall utesluter noll, av {n} undersökt par.",
    "sens.pairs_note.other": "Bara samspel vars 95-procentsintervall utesluter noll, av {n} undersökta par; slumpen "
    "ensam skulle släppa igenom ungefär {chance}.",
    "sens.summary": "{name} – störst: {input}",
    "sens.summary_share": "{name} – störst: {input} ({share} av variansen)",
    "sens.head.input": "Ingångsvärde",
    "sens.head.low": "Lågt värde",
    "sens.head.high": "Högt värde",
    "sens.head.at_low": "Nettobesparing vid lågt värde",
    "sens.head.at_high": "Nettobesparing vid högt värde",
    "sens.head.first": "Ensamt",
    "sens.head.total": "Med samspel",
    "sens.head.pair": "Två ingångsvärden tillsammans",
    "sens.head.second": "Andel",
    "sens.head.mu_star": "Effektens genomsnittliga storlek",
    "sens.head.mu": "Genomsnittlig effekt",
    "sens.head.sigma": "Effektens spridning",
    "sens.plus_minus": "{value} ± {half}",
    "sens.two": "{a} × {b}",
    # 8 occupancy
    "states.title": "Var deltagarna finns under åren",
    "states.lead": "Besparingarna kommer av att deltagarna är i andra tillstånd än de annars skulle ha varit i. Hur "
    "mycket insatsen flyttar dem bedömer kalkylerna olika.",
    "states.figure_title": "Andel av deltagarna i varje tillstånd",
    "states.how": "Överst: utan insatsen, enligt kalkylen med den längsta tidshorisonten ({name}); ytorna fyller 100 % "
    "varje år. Nederst: hur många procentenheter fler (eller färre) som är i varje tillstånd med insatsen, i en egen "
    "skala för varje kalkyl och fram till dess tidshorisont.",
    "states.head.state": "Tillstånd",
    "states.caption": "Andel av deltagarna i varje tillstånd: utan → med insatsen",
    # 9 assumptions
    "assume.title": "Antagandena sida vid sida",
    "assume.lead": "Alla antaganden så som varje kalkyl gör dem. Rutor märkta ”eget” avviker från modellens gemensamma "
    "värde; grå är angivna men används inte av kalkylen. Där fördelningen för ett osäkert värde har ett annat "
    "medelvärde än värdet självt är det medelvärdet som räknas i resultaten.",
    "assume.not_used": "används inte här",
    "assume.differ_caption": "Antaganden som kalkylerna gör olika",
    "assume.same.one": "{n} antagande som är detsamma i alla kalkyler",
    "assume.same.other": "{n} antaganden som är desamma i alla kalkyler",
    "assume.same_caption": "Antaganden som är desamma i alla kalkyler",
    "assume.head.assumption": "Antagande",
    "assume.head.unit": "Enhet",
    "assume.unit_year": "{unit}, {year} års priser",
    "assume.head.price_year": "Prisår",
    "assume.head.model": "Gemensamt värde",
    "assume.head.source": "Källa eller antagande",
    "assume.own": "eget",
    "assume.uncertain": "{value}, osäkert ({law})",
    "assume.uncertain_mean": "värde {value}; fördelningens medelvärde {mean} ({law})",
    "assume.brief": "{value}, osäkert",
    "assume.brief_mean": "{value}, osäkert; fördelningens medelvärde {mean}",
    "assume.confidence": "tillförlitlighet {grade}",
    "assume.tables.one": "{n} tabell med värden",
    "assume.tables.other": "{n} tabeller med värden",
    "assume.tables_caption": "Tabeller med värden och var de kommer ifrån",
    "assume.head.table": "Tabell",
    "assume.head.file": "Fil",
    "assume.head.common_source": "Källa till det gemensamma värdet",
    "assume.is_assumption": "Antagande: {text}",
    "assume.no_source": "ingen källa angiven",
    "assume.why": "Varför: {name}",
    "assume.why_calculation": "Kalkylen: {why}",
    "assume.why_perspective": "Perspektivet ”{perspective}”: {why}",
    "assume.why_value": "{label}, {value}: {reasons}",
    "assume.why_source": "Källa: {source}.",
    "assume.why_source_graded": "Källa: {source} (tillförlitlighet {grade}).",
    "assume.sources": "Källor",
    "assume.sources_caption": "Var värdena kommer ifrån",
    "assume.head.id": "Id",
    "assume.head.quantity": "Storhet",
    "assume.head.value": "Värde",
    "assume.head.range": "Lågt till högt",
    "assume.head.origin": "Ursprung",
    "assume.head.confidence": "Tillförlitlighet",
    "assume.origin": "{organisation}: {title} ({year})",
    # 10 the run
    "run.title": "Vad som kördes",
    "run.lead": "Allt som behövs för att få samma siffror igen.",
    "run.study": "Studie",
    "run.key": "Nyckel för studien och dess data",
    "run.seed": "Slumpfrö",
    "run.draws": "Dragningar",
    "run.kept": "Dragningar som sparas en och en",
    "run.kept_value": "de första {n}; medelvärden, deras fel, kvantiler och sannolikheter för nettobesparing gäller "
    "alla dragningar; det som kräver enskilda dragningar (spridning över åren, utfall, undergrupper, "
    "kostnadseffektivitet, budgetar, värdet av information) gäller dessa",
    "run.design": "Dragningarnas upplägg",
    "run.replicates": "Oberoende upprepningar",
    "run.cycles": "Tid",
    "run.cycles_value.one": "{cycles} cykler om 1 år, från {age} års ålder, år {year}",
    "run.cycles_value.other": "{cycles} cykler om {length} år, från {age} års ålder, år {year}",
    "run.notes": "Efterfrågat men inte gjort",
    # what a figure shows, for who cannot see it
    "alt.of": "{name}: {values}",
    "alt.value": "{name} {value}",
    "alt.gap": "skillnad {gap} kronor per deltagare",
    "alt.span": "{name} {low} till {high}",
    "alt.flow": "{name}: första året {first} kronor, summa {total} kronor i perspektivet {perspective}",
    "alt.fan": "{name}: efter {years} år {median} kronor, 90 % mellan {low} och {high}",
    "alt.states": "{name}: {state} {points} procentenheter efter {years} år",
    "run.cohort": "Deltagare",
    "run.rejected": "Dragningar som förkastades för att de bröt mot en regel i modellen",
    "run.rejected_none": "inga",
    "run.rejected_value": "{name}: {n}",
    "run.versions": "Versioner",
    "run.times": "Tidsåtgång",
    "run.version_value": "{name} {version}",
    "run.time_value": "{name} {seconds} s",
    "run.platform": "Beräknat på",
    "run.code": "Fingeravtryck av programmets kod",
    "run.command_text": "insats run {study} -n {draws} --seed {seed}",
    "run.command": "Kommando som upprepar körningen",
}
