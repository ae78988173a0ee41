"""The report in Swedish, second part: what stands on the page only where the run made further analyses."""

from __future__ import annotations

SWEDISH_ANALYSES: dict[str, str] = {
    # words inside figures
    "axis.disagreement_gone": "andel av oenigheten som är borta",
    "plot.agree_first": "{n}: {names}",
    "plot.agree_also": "{n}: även {names}",
    "plot.agree_instead": "{n}: {names}",
    "plot.who": "vem som räknar",
    "plot.unsure": "vad alla är lika osäkra om",
    "plot.who_unsure": "osäkerhet som beror på vem som räknar",
    "plot.everything": "Alla antaganden tillsammans",
    "alt.cell": "{row}, {column}: {value}",
    # differences: the accounts first
    "bridge.title": "Först räkenskaperna: vad var och en skriver under på, och vad som jämförs",
    "bridge.lead": "Var och en skriver under på siffror uttryckta på sitt eget sätt. Att räkna om dem till samma "
    "mått är aritmetik och ingen oenighet, så det görs innan något antagande granskas.",
    "bridge.sentence": "{name} skriver under på {signed}. Det som jämförs är {compared} per deltagare (omräknat: "
    "{terms}).",
    "bridge.amount": "{amount}\u00a0{unit}",
    "bridge.term.prices": "till {year} års priser",
    "bridge.term.participants": "från hela insatsen till en deltagare",
    "bridge.term.discounting": "diskonterat till insatsens start",
    "bridge.caption": "Från siffran som den är undertecknad till siffran som jämförs; grått där inget ändras",
    "bridge.head.signed": "Undertecknat",
    "bridge.head.prices": "I {year} års priser",
    "bridge.head.participants": "Per deltagare",
    "bridge.head.discounting": "Diskonterat till starten",
    "gap.by_assumption": "Sedan antagandena",
    "inter.strengthen": "Ändrade ett i taget förklarar antagandena bara {alone} av {gap} kronor. De övriga {rest} "
    "kronorna uppstår för att antagandena förstärker varandra.",
    "inter.weaken": "Ändrade ett i taget skulle antagandena ge {alone} kronor, mer än skillnaden på {gap} kronor. "
    "Tillsammans tar de tillbaka {rest} kronor av det, eftersom de verkar på samma pengar.",
    "inter.against": "Ändrade ett i taget skulle antagandena ge {alone} kronor, trots att skillnaden är {gap} kronor. "
    "De {rest} kronor som fattas uppstår först när flera ändras samtidigt.",
    "inter.title": "Vilka antaganden som förstärker eller försvagar varandra",
    "inter.how": "Vad det gör att ändra två antaganden i {a} samtidigt, utöver summan av att ändra vart och ett för "
    "sig. Ett plustecken höjer nettobesparingen, ett minustecken sänker den.",
    "inter.caption": "Två antaganden ändrade samtidigt, med utgångspunkt i {a}, kronor per deltagare",
    "inter.head.pair": "Två antaganden",
    "inter.head.effect": "Utöver vart och ett",
    # all calculations together
    "spread.title": "Vad oenigheten består av",
    "spread.lead": "Nu alla kalkyler på en gång. Lotta för varje antagande vilken kalkyl det ska hämtas från: varje "
    "sådan blandning är en kalkyl som någon skulle kunna försvara. Hur långt ifrån varandra blandningarna ligger är "
    "oenigheten, och den går att dela upp på antagandena.",
    "spread.none": "Alla blandningar av kalkylerna ger samma resultat; det finns ingen oenighet att dela upp.",
    "spread.quoted": "”{name}”",
    "spread.agree.one": "Om alla enades om ett antagande, {names}, skulle {share} av oenigheten vara borta.",
    "spread.agree.other": "Om alla enades om {n} av de {all} antagandena skulle {share} av oenigheten vara borta. De "
    "{n} är {names}.",
    "spread.saves": "Insatsen sparar pengar i {share} av alla blandningar.",
    "spread.agree_title": "Hur mycket det skulle hjälpa att enas",
    "spread.agree_how": "Läs uppifrån: varje rad är den bästa uppsättningen av så många antaganden att enas om, "
    "stapeln den andel av oenigheten som då är borta, och dess mörka ände det som raden tillför.",
    "spread.agree_caption": "De bästa antagandena att enas om, efter antal",
    "spread.head.agreed": "Det man enas om (med alla ovanför där det står ”även”)",
    "spread.head.gone": "Oenighet som är borta",
    "spread.shares_title": "Varje antagandes andel av oenigheten",
    "spread.shares_how": "”Ensamt” är det som skulle vara borta om alla enades om bara detta. ”Med andra” är det som "
    "skulle återstå om alla enades om allt annat. ”Rättvis andel” delar det som antaganden gör tillsammans lika "
    "mellan dem (Shapley), och är den som summerar till 100 %. Oenigheten mäts som en varians: det genomsnittliga "
    "kvadrerade avståndet från mitten. ± är 95-procentsintervallet.",
    "spread.shares_caption": "Andel av oenigheten, per antagande",
    "spread.head.first": "Ensamt",
    "spread.head.total": "Med andra",
    "spread.head.shapley": "Rättvis andel",
    "spread.others.one": "{n} annat antagande, högst {most}",
    "spread.others.other": "{n} andra antaganden, vart och ett högst {most}",
    "spread.saves_title": "Vems antagande som får insatsen att löna sig",
    "spread.saves_how": "Varje ruta: den andel som sparar pengar av de blandningar som hämtar radens antagande från "
    "kolumnens kalkyl. Ju längre ifrån varandra rutorna på en rad ligger, desto mer betyder det vem man tror på i den "
    "frågan.",
    "spread.saves_caption": "Andel av blandningarna som sparar pengar, efter vems antagande de hämtar",
    "spread.certain": "Alla {evaluated} blandningar av det som går in i modellen beräknades. Deras standardavvikelse "
    "är {sd} kronor per deltagare.",
    "spread.exact.one": "Alla {evaluated} blandningar av det som går in i modellen beräknades, i {n} gemensam dragning "
    "av det som är osäkert. Deras standardavvikelse är {sd} kronor per deltagare; andra dragningar skulle flytta den "
    "med upp till {half} kronor (95 %).",
    "spread.exact.other": "Alla {evaluated} blandningar av det som går in i modellen beräknades, i {n} gemensamma "
    "dragningar av det som är osäkert. Deras standardavvikelse är {sd} kronor per deltagare; andra dragningar skulle "
    "flytta den med upp till {half} kronor (95 %).",
    "spread.sampled.one": "{evaluated} blandningar lottades fram och beräknades i {n} gemensam dragning av det som är "
    "osäkert. Deras standardavvikelse är {sd} kronor per deltagare, med en felmarginal på {half} kronor (95 %).",
    "spread.sampled.other": "{evaluated} blandningar lottades fram och beräknades i {n} gemensamma dragningar av det "
    "som är osäkert. Deras standardavvikelse är {sd} kronor per deltagare, med en felmarginal på {half} kronor (95 %).",
    "spread.heat_title": "Vad som lyfter och vad som sänker varje kalkyl",
    "spread.heat_how": "En blå ruta säger att antagandet lyfter kolumnens kalkyl över alla kalkylers medelvärde, en "
    "orange att det sänker den; en kolumn summerar till kalkylens avstånd från medelvärdet.",
    "spread.heat_caption": "Bidrag till avståndet från alla kalkylers medelvärde, kronor per deltagare",
    "spread.head.above": "Över eller under medelvärdet",
    "spread.who": "Betyder det mer vem som räknar, eller vad alla är osäkra om? Av hela spridningen i nettobesparing "
    "kommer {who} av vem som räknar, {unsure} av det som alla är lika osäkra om, och {both} av osäkerhet som beror på "
    "vem som räknar.",
    "spread.who_title": "Vem som räknar, eller vad ingen vet",
    "spread.who_how": "Den översta stapeln delar hela spridningen (variansen) i nettobesparing i tre; staplarna under "
    "visar vad varje antagande orsakar för sig. Det som fattas i dem till 100 % är vad antagandena orsakar "
    "tillsammans.",
    "spread.who_caption": "Andel av spridningen i nettobesparing, med halva bredden på dess 95-procentsintervall",
    # what turns the decision
    "turn.title": "Vad som vänder beslutet",
    "turn.lead": "En kalkyl talar för insatsen när dess nettobesparing är över noll. Här de två kalkyler som ligger "
    "längst ifrån varandra: vilka antaganden, övertagna från den andra, vänder svaret?",
    "turn.ends_differ": "{a} säger nej ({a_npv} kronor per deltagare), {b} säger ja ({b_npv} kronor).",
    "turn.ends_agree": "{a} ({a_npv} kronor per deltagare) och {b} ({b_npv} kronor) ger samma beslut.",
    "turn.not_enumerated": "Antagandena är för många för att alla uppsättningar ska kunna prövas.",
    "turn.never": "Inget som {mover} kan ta över från {other} vänder beslutet.",
    "turn.single.one": "Det räcker att {mover} tar över ett enda antagande från {other} för att beslutet ska vända: "
    "{names}.",
    "turn.single.other": "Det räcker att {mover} tar över ett enda antagande från {other} för att beslutet ska "
    "vända; {n} sådana finns: {names}.",
    "turn.set.one": "Inget enskilt antagande vänder beslutet enligt {mover}. Det krävs {size} tillsammans från "
    "{other}: {names}.",
    "turn.set.other": "Inget enskilt antagande vänder beslutet enligt {mover}. Det krävs {size} tillsammans från "
    "{other}; {n} uppsättningar av den storleken räcker, till exempel {names}.",
    "turn.pivot": "När antagandena tas över ett i taget i slumpvis ordning är det oftast ”{name}” som vänder beslutet "
    "({share} av ordningsföljderna, med återgångar frånräknade).",
    "turn.threshold": "”{label}”: nettobesparingen enligt {name} byter tecken vid {value}, allt annat lika. {name} har "
    "{own}, {other} har {others}.",
    "turn.no_threshold": "Inget enskilt värde i {name} kan flyttas mot det i {other}, allt annat lika, så att "
    "nettobesparingen når noll på vägen.",
    "turn.joint": "Om alla värden i {name} flyttas tillsammans mot dem i {other} vänder nettobesparingen efter {share} "
    "av vägen.",
    "turn.agree": "Om de två enades om ett enda antagande skulle mest vinnas där {mover} tar över ”{label}” från "
    "{other}: av de {gap} kronor som skiljer dem skulle {left} kronor ({share}) återstå.",
    "turn.stated": "Om båda tog det som studien anger för {what} skulle {left} kronor av de {gap} kronorna mellan {a} "
    "och {b} vara kvar.",
    "turn.stated_turned": "Om båda tog det som studien anger för {what} skulle de {gap} kronorna mellan {a} och {b} "
    "bli {left} kronor åt andra hållet.",
    "turn.stated_refused": "Modellen har inget svar med det som studien anger för {what}.",
    "turn.what_stated": "{name} ({value})",
    "turn.at_stated": "vid {value}, angivet i studien",
    "turn.stated_note": "som studien anger",
    "turn.draws.one": "Beräknat i {n} gemensam dragning, färre än resultaten ovan; beloppen kan skilja sig från dem.",
    "turn.draws.other": "Beräknat i {n} gemensamma dragningar, färre än resultaten ovan; beloppen kan skilja sig från "
    "dem.",
    "turn.weighted.one": "Blandningarna är beräknade i {n} gemensam dragning, viktad så att de två kalkylerna själva "
    "är desamma som ovan.",
    "turn.weighted.other": "Blandningarna är beräknade i {n} gemensamma dragningar, viktade så att de två kalkylerna "
    "själva är desamma som ovan.",
    "turn.sets_title": "Alla minsta uppsättningar av antaganden som vänder beslutet",
    "turn.sets_how": "Varje uppsättning vänder beslutet, och ingen mindre del av den gör det.",
    "turn.sets_caption": "Uppsättningar som vänder beslutet enligt {a} eller {b}; nettobesparing i kronor per "
    "deltagare",
    "turn.more.one": "{shown} uppsättning till",
    "turn.more.other": "{shown} uppsättningar till",
    "turn.head.mover": "Vem som vänder",
    "turn.head.taken": "Övertaget från den andra",
    "turn.head.after": "Nettobesparing då",
    "turn.each_title": "Varje antagande: hur ofta det vänder beslutet, var, och vad som återstår av skillnaden",
    "turn.each_how": "Hur ofta: andelen av alla ordningsföljder där det är just detta antagande som vänder beslutet, "
    "minus dem där det vänder tillbaka det. Vänder vid: det värde där nettobesparingen är noll när allt annat är "
    "oförändrat. De tre sista kolumnerna är den skillnad som återstår om de två enas om just detta antagande.",
    "turn.each_caption": "Antaganden mellan {a} och {b}; skillnader i kronor per deltagare",
    "turn.head.pivot": "Vänder, andel av ordnings\u00adföljderna",
    "turn.head.threshold": "{a} vänder vid",
    "turn.head.left_from": "Återstår om {a} tar över",
    "turn.head.left_to": "Återstår om {b} tar över",
    "turn.head.left_middle": "Återstår om de möts på mitten",
    "turn.no_crossing": "ingenstans mellan de två",
    "turn.discrete": "ett val, inget värde däremellan",
    "turn.refused": "inte definierat på vägen",
    # what it is worth to know more
    "info.title": "Vad det är värt att veta mer",
    "info.lead": "Den som beslutar i dag kan besluta fel, eftersom siffrorna är osäkra. Vad skulle det vara värt att "
    "känna till dem först? Mer än så bör man inte lägga på att ta reda på dem.",
    "info.zero": "0 betyder inte att ett värde är säkert, utan att beslutet inte skulle ändras av att man kände till "
    "det.",
    "info.nothing": "{name}: ingenting. ”{best}” är det bättre valet i praktiskt taget alla dragningar.",
    "info.worth": "{name}: i dag är ”{best}” det bättre valet; sannolikheten att det är fel val är {wrong}. Att veta "
    "allt skulle vara värt {value} kronor per deltagare.",
    "info.worth_all": "{name}: i dag är ”{best}” det bättre valet; sannolikheten att det är fel val är {wrong}. Att "
    "veta allt skulle vara värt {value} kronor per deltagare, {total} för alla {cohort} deltagare.",
    "info.caption": "Förväntat värde av perfekt information (EVPI): värdet av att veta allt före beslutet, i varje "
    "kalkyls eget perspektiv",
    "info.head.calculation": "Kalkyl",
    "info.head.best": "Bättre val i dag",
    "info.head.wrong": "Sannolikhet att det är fel",
    "info.head.evpi": "Värde, kronor per deltagare",
    "info.head.error": "Standardfel",
    "info.head.programme": "För hela insatsen",
    "info.head.parameter": "Ingångsvärde",
    "info.head.group": "Tema",
    "info.head.value": "Värde, kronor per deltagare",
    "info.head.low": "Andra skattningen (standardfel)",
    "info.summary": "{name} – mest värt att veta: {input}",
    "info.how": "Vad det skulle vara värt att före beslutet få veta ett ingångsvärde, eller alla i ett tema, exakt "
    "(EVPPI). Det skattas på två sätt. Det första läser av värdet på en utjämnad kurva och kan ligga något för högt. "
    "Det andra beslutar efter en kurva som har gjorts av andra dragningar; i genomsnitt ligger det aldrig över det "
    "sanna värdet, men det är osäkrare. Där de skiljer sig åt med mer än några standardfel är värdet bara ungefär "
    "känt.",
    "info.second": "{value} ({error})",
    "info.inputs_caption": "Värdet av att få veta ett ingångsvärde: {name}",
    "info.themes_caption": "Värdet av att få veta alla osäkra ingångsvärden i ett tema: {name}",
    "info.none.one": "{n} övrigt, ingenting",
    "info.none.other": "{n} övriga, ingenting för något av dem",
    "info.others.one": "{n} övrigt, {rest} kronor",
    "info.others.other": "{n} övriga, högst {rest} kronor för vart och ett",
    # more methods of sensitivity analysis
    "sens.any_caption": "{method}: {name}",
    "sens.rest.one": "{n} annat ingångsvärde, mindre",
    "sens.rest.other": "{n} andra ingångsvärden, mindre",
    "sens.noise": "Ett ingångsvärde som inte gör något skulle få ungefär {value}, bara genom brus.",
    "sens.name.efast": "eFAST",
    "sens.method.efast": "Den andel av nettobesparingens varians som varje ingångsvärde orsakar, skattad genom att "
    "alla flyttas samtidigt, vart och ett med sin egen frekvens.",
    "sens.name.rbd_fast": "RBD-FAST",
    "sens.method.rbd_fast": "Den andel av nettobesparingens varians som varje ingångsvärde orsakar ensamt.",
    "sens.name.shapley_effects": "Shapleyeffekter",
    "sens.method.shapley_effects": "Andelen av nettobesparingens varians, där det som ingångsvärdena gör tillsammans "
    "delas lika mellan dem. Andelarna summerar till 100 %, också där ingångsvärdena beror av varandra.",
    "sens.name.delta": "Delta",
    "sens.method.delta": "Hur mycket hela fördelningen av nettobesparing ändras när ett ingångsvärde blir känt; 0 inte "
    "alls, 1 fullständigt.",
    "sens.name.pawn": "PAWN",
    "sens.method.pawn": "Avståndet mellan fördelningarna av nettobesparing när ett ingångsvärde är känt och när det är "
    "okänt; 0 inget, 1 det största som finns.",
    "sens.name.dgsm": "DGSM",
    "sens.method.dgsm": "En övre gräns, beräknad från lutningar, för den andel av variansen som ett ingångsvärde har "
    "någon del i.",
    "sens.name.hdmr": "HDMR",
    "sens.method.hdmr": "Andelar av variansen, avlästa på en utjämnad yta som har anpassats till körningarna.",
    "sens.name.regional": "Regional analys",
    "sens.method.regional": "Hur olika ett ingångsvärde är fördelat i de körningar som förlorar pengar och i dem som "
    "inte gör det; 0 lika, 1 helt åtskilda.",
    "sens.regional_elsewhere": "Nästan alla körningar ligger på samma sida om noll, så det är de under en "
    "nettobesparing på {threshold} kronor per deltagare ({share} av körningarna) som jämförs med de andra.",
    "sens.measure.shapley_effect": "Rättvis andel",
    "sens.measure.delta": "Delta",
    "sens.measure.pawn_median": "Avstånd, median",
    "sens.measure.pawn_max": "Avstånd, störst",
    "sens.measure.dgsm": "Högst",
    "sens.measure.regional_ks": "Avstånd",
    "sens.measure.regional_p": "Sannolikhet av en slump",
    "sens.measure.regional_shift": "Förskjutning i kvantiler",
    "sens.two_way_title": "Två ingångsvärden i taget: {name}",
    "sens.two_way_caption": "{title}. Varje rad är ett värde på ”{a}”, varje kolumn ett på ”{b}”",
    "sens.two_way_corner": "Rad / kolumn",
    "sens.two_way_how": "Varje ruta är den genomsnittliga nettobesparingen när ”{a}” har radens värde och ”{b}” "
    "kolumnens; blått sparar pengar, orange kostar pengar.",
    "sens.two_way_share": "Av alla undersökta par är det ”{a}” och ”{b}” som mest ändrar varandras effekt: {share} av "
    "vad de gör tillsammans är varken den enes eller den andres ensamt.",
    "sens.box_title": "Var insatsen förlorar pengar: {name}",
    "sens.box": "Av alla dragningar förlorar {base} pengar. Innanför gränserna nedan, som rymmer {mass} av "
    "dragningarna, är det {density}; {coverage} av alla förlorande dragningar finns där.",
    "sens.box_none": "Av alla dragningar förlorar {base} pengar, och inga gränser för ingångsvärdena skiljer ut dem.",
    "sens.box_caption": "Gränser för ingångsvärdena innanför vilka de flesta dragningar förlorar pengar: {name}",
    "sens.box_open": "ingen gräns",
    "sens.head.box_low": "Från",
    "sens.head.box_high": "Till",
    "sens.head.box_p": "Sannolikhet av en slump",
}
