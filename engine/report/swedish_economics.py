"""The report in Swedish: what an intervention does for its money."""

from __future__ import annotations

SWEDISH_ECONOMICS: dict[str, str] = {
    # rate of return, beside pay-back
    "rate.head": "Internränta",
    "rate.caption": "Internränta per år, i varje perspektiv, med 90-procentsintervall",
    "rate.not_unique": "inte entydig",
    "rate.loan": "vinsten kommer först",
    "rate.interval": "{low} till {high}",
    "rate.interval_of": "{low} till {high}, av de {share} av dragningarna som har någon",
    "rate.note": "Internräntan är den diskonteringsränta vid vilken den årliga nettobesparingen, i medel över "
    "dragningar, är värd exakt noll: insatsen är värd sina pengar för den som kan låna till lägre ränta. Ett streck "
    "står där pengar bara går åt ett håll, och ingen ränta anges där flera löser den. I intervallet räknas en "
    "dragning där pengar betalas och ingenting kommer tillbaka som −100 %.",
    # outcomes
    "out.title": "Vad insatsen gör för människor",
    "out.lead": "Allt som räknas är inte pengar. Här står hur mycket det finns av varje utfall utan och med insatsen, "
    "för varje deltagare, och vad det blir sammanlagt.",
    "out.heading": "{name} ({unit})",
    "out.sentence_more": "{calculation}: med ”{strategy}” blir det {amount} {unit} mer för varje deltagare.",
    "out.sentence_less": "{calculation}: med ”{strategy}” blir det {amount} {unit} mindre för varje deltagare.",
    "out.sentence_none": "{calculation}: ”{strategy}” ändrar ingenting här.",
    "out.cohort_more": "{calculation}: med ”{strategy}” blir det {amount} {unit} mer för varje deltagare, och {total} "
    "mer för alla {cohort} deltagare.",
    "out.cohort_less": "{calculation}: med ”{strategy}” blir det {amount} {unit} mindre för varje deltagare, och "
    "{total} mindre för alla {cohort} deltagare.",
    "out.needed_for.more": "{calculation}: det krävs {n} deltagare i ”{strategy}” för en till (number needed to "
    "treat, NNT; {unit}).",
    "out.needed_for.less": "{calculation}: det krävs {n} deltagare i ”{strategy}” för att undvika en (number needed "
    "to treat, NNT; {unit}).",
    "out.harm_for.more": "{calculation}: på {n} deltagare i ”{strategy}” blir det en färre (number needed to harm, "
    "NNH; {unit}).",
    "out.harm_for.less": "{calculation}: på {n} deltagare i ”{strategy}” blir det en till (number needed to harm, "
    "NNH; {unit}).",
    "out.better.more": "Mer är bättre här.",
    "out.better.less": "Mindre är bättre här.",
    "out.discounted": "Belopp under senare år väger mindre där modellen ger utfallet en diskonteringsränta.",
    "out.caption": "{name}: {unit} per deltagare",
    "out.head.strategy": "Strategi",
    "out.head.amount": "Mängd",
    "out.head.difference": "Skillnad",
    "out.head.p_better": "Sannolikhet att det blir bättre",
    "out.head.total": "Skillnad för alla {cohort} deltagare",
    "out.head.needed": "Antal deltagare som krävs (NNT)",
    "out.head.needed_interval": "90-procentsintervall för det",
    "out.needed": "{n} (nytta)",
    "out.harmed": "{n} (skada)",
    "out.needed_span": "{low} till {high}",
    "out.needed_through": "{harm} till ∞ till {benefit}",
    "out.needed_note": "Antalet som krävs är 1 delat med vinsten per deltagare. Där vinstens intervall rymmer noll "
    "går antalets genom oändligheten: från så många för en skada, över ingen skillnad, till så många för en nytta "
    "(Altman 1998).",
    "out.figure_title": "{name}: skillnad mot ”{baseline}”",
    "out.how": "En stapel åt höger är mer av utfallet än utan insatsen, en åt vänster mindre; det tunna strecket "
    "spänner över 90-procentsintervallet. Talet är medelvärdet.",
    "out.axis": "{unit} per deltagare, skillnad",
    "alt.outcome": "{strategy}, {calculation}: {amount}",
    # cost-effectiveness
    "ce.title": "Vad man får för pengarna (kostnadseffektivitet)",
    "ce.lead": "Om något bra är värt sina pengar beror på vad man är villig att betala för det. Strategierna ställs i "
    "ordning efter kostnad, de som aldrig lönar sig läggs åt sidan, och var och en av de andra jämförs med den före: "
    "vad kostar en enhet till (den inkrementella kostnadseffektkvoten, ICER)?",
    "ce.heading": "{outcome}, kostnader i perspektivet ”{perspective}”",
    "ce.per.more": "kronor per vunnen enhet ({unit})",
    "ce.per.less": "kronor per undviken enhet ({unit})",
    "ce.gained.more": "Vunnet, {unit}",
    "ce.gained.less": "Undviket, {unit}",
    "ce.best_one": "{calculation}: ”{strategy}” är bäst vad man än är villig att betala.",
    "ce.best": "{calculation}: vilken som är bäst beror på vad man är villig att betala, i {per}: {steps}.",
    "ce.step_first": "”{strategy}” under {high}",
    "ce.step": "”{strategy}” mellan {low} och {high}",
    "ce.step_last": "”{strategy}” över {low}",
    "ce.dominated": "{calculation}: inte värd att välja till något pris, eftersom andra gör minst lika mycket för "
    "mindre pengar: {names}.",
    "ce.doubt": "{calculation}: valet är svårast vid {price} {per}. Där är ”{strategy}” bäst i medel, men bara i {p} "
    "av dragningarna. Att veta säkert vore värt {evpi} kronor per deltagare (förväntat värde av perfekt information).",
    "ce.certain": "{calculation}: ingen dragning leder till ett annat val än det som är bäst i medel, vid något av de "
    "priser som visas.",
    "ce.table_caption": "Strategier i ordning efter kostnad, per deltagare",
    "ce.head.strategy": "Strategi",
    "ce.head.cost": "Kostnad, kronor",
    "ce.head.effect": "{unit}",
    "ce.head.added_cost": "Tillkommande kostnad, kronor",
    "ce.head.status": "Anmärkning",
    "ce.status.dominated": "dominerad: en annan gör minst lika mycket för mindre",
    "ce.status.extended": "dominerad i utvidgad mening: en blandning av två andra gör mer för pengarna",
    "ce.status.same": "samma som en annan",
    "ce.note": "Tillkommande kostnad och effekt är mot närmast föregående strategi som inte är dominerad. Kvoter är "
    "av medelvärden över dragningar. Efter ± står Monte Carlo-standardfelet.",
    "ce.plane_title": "Kostnad och effekt av varje strategi mot ”{baseline}”",
    "ce.plane_how": "Varje liten prick är en dragning, det stora märket medelvärdet, och kurvan rymmer ungefär 95 % "
    "av dragningarna. Längre åt höger gör mer nytta, längre upp kostar mer; ”{baseline}” är där axlarna korsas. Den "
    "mörka linjen förenar de strategier som är värda det till något pris: ju brantare, desto mer kostar en enhet till.",
    "ce.plane_caption": "Skillnad mot ”{baseline}”, medelvärde och standardavvikelse över dragningar",
    "ce.curve_title": "Hur säker man kan vara på vilken strategi som är värd sina pengar",
    "ce.curve_how": "Välj längs underkanten vad en enhet till får kosta; en linjes höjd är sannolikheten att dess "
    "strategi är det bästa köpet till det priset (acceptanskurva). Den breda grå linjen ligger under den som är bäst "
    "i medel (fronten), och som bör väljas; det behöver inte vara den som oftast är bäst.",
    "ce.curve_caption": "Sannolikhet att vara det bästa köpet vid utvalda priser",
    "ce.head.price": "Pris på en enhet, kronor",
    "ce.head.best": "Bäst i medel",
    "ce.head.error": "Standardfel, högst",
    "ce.loss_title": "Vad ett felaktigt val väntas kosta",
    "ce.loss_how": "En linjes höjd är vad valet av dess strategi i medel förlorar mot att i varje dragning veta "
    "vilken som är bäst (förväntad förlust). Den lägsta linjen är strategin att välja, och dess höjd är vad det vore "
    "värt att veta säkert (förväntat värde av perfekt information, EVPI). Linjer som lämnar rutan förlorar mer.",
    "ce.loss_caption": "Förväntad förlust vid utvalda priser, kronor per deltagare",
    "ce.head.information": "EVPI",
    "plot.ce_cost": "Tillkommande kostnad, {unit} per deltagare",
    "plot.ce_effect": "{gained}, per deltagare",
    "plot.ce_frontier": "bäst i medel",
    "plot.ce_information": "värde av perfekt information",
    "plot.ce_price": "{price}, {unit}",
    "plot.ce_probability": "Sannolikhet att vara det bästa köpet",
    "plot.ce_loss": "Förväntad förlust, {unit} per deltagare",
    "ce.price.more": "Pris på en vunnen enhet ({unit})",
    "ce.price.less": "Pris på en undviken enhet ({unit})",
    "alt.plane": "{strategy}: kostnad {cost} kronor, effekt {effect}",
    "alt.curve": "{calculation}: vid {price} kronor {strategy}, {p}",
    "alt.loss": "{calculation}: högsta värde av perfekt information {evpi} kronor, vid {price} kronor",
    "text.plus_minus": "± {error}",
    # subgroups
    "sub.title": "För vem det lönar sig",
    "sub.lead": "Kohorten består av delar som lever olika liv. Nettobesparingen är per deltagare i varje del, och för "
    "hela kohorten, varje kalkyl i det perspektiv som den redovisar.",
    "sub.most": "{calculation}: det lönar sig mest för ”{high}” ({high_amount} kronor per deltagare) och minst för "
    "”{low}” ({low_amount} kronor).",
    "sub.least": "{calculation}: det lönar sig inte för någon del; minst förloras på ”{high}” ({high_amount} kronor "
    "per deltagare) och mest på ”{low}” ({low_amount} kronor).",
    "sub.apart": "{calculation}: det lönar sig för ”{high}” ({high_amount} kronor per deltagare) men inte för ”{low}” "
    "({low_amount} kronor).",
    "sub.all": "Hela kohorten",
    "sub.bars_title": "Nettobesparing per del av kohorten",
    "sub.bars_how": "En stapel till höger om noll sparar pengar, en till vänster kostar pengar; det tunna strecket "
    "spänner över 90-procentsintervallet. Den sista gruppen är hela kohorten: delarna vägda med sina andelar.",
    "sub.caption": "Nettobesparing per del av kohorten, kronor per deltagare i delen",
    "sub.head.group": "Del av kohorten",
    "sub.head.share": "Andel",
    "sub.head.mean": "Nettobesparing, medelvärde",
    "sub.full": "Alla perspektiv och betalare, per del av kohorten",
    "sub.full_caption": "{calculation}: nettobesparing per del av kohorten, medelvärde och 90-procentsintervall, "
    "kronor per deltagare",
    "sub.outcomes_caption": "Skillnad i utfall per del av kohorten, medelvärde och 90-procentsintervall, per deltagare",
    "sub.share_point": "Andelarna är de vid varje kalkyls punktvärden.",
}
