"""Names of nobody: ordinary first names, surnames made of the sea."""

FIRST_NAMES = (
    *("Anouk", "Bram", "Cato", "Daan", "Elske", "Femke", "Gijs", "Hanneke", "Ilse", "Joris"),
    *("Koen", "Lotte", "Maarten", "Nienke", "Otto", "Pleun", "Quirijn", "Roos", "Sjoerd", "Tessel"),
    *("Ursula", "Veerle", "Wouter", "Xandra", "Yvo", "Zwaantje", "Aylin", "Bogdan", "Chidi", "Dilnoza"),
    *("Emeka", "Farida", "Giulia", "Hiroshi", "Ingrid", "Jamal", "Katarzyna", "Leilani", "Mehmet", "Noor"),
    *("Oksana", "Priya", "Rafael", "Soraya", "Tomasz", "Uche", "Valentina", "Wei", "Yusuf", "Zeynep"),
)

SURNAMES = (
    *("van der Dukdalf", "Meerpaal", "Kompasroos", "de Vloedlijn", "Boegbeeld", "Scheepsbel", "Zandplaat"),
    *(
        "van Stuurboord",
        "Havenlicht",
        "Ankerplaats",
        "ter Waterkering",
        "Loodsboot",
        "Kluisgat",
        "de Misthoorn",
    ),
    *("van den Vuurtoren", "Sluiskolk", "Bolder", "Springtij", "Zeewaarde", "Windroos", "de Steiger"),
    *("Quaistone", "Silvermast", "Tidewater-Moon", "Salzwind", "Hafenstern", "Brisemer", "Portolunga"),
    *("Vientomar", "Nordlysvik", "Falochron-Wyspa", "Denizyildiz", "Minatokaze", "Oceanwala", "Marejada"),
)

DEPARTMENTS = (
    *("Directie", "Financiën", "Personeelszaken", "ICT", "Verkoop", "Inkoop"),
    *("Planning", "Klantenservice", "Douane", "Magazijn", "Terminal", "Werkplaats"),
)
"""Every department once; the first nine sit at desks."""

OFFICE = DEPARTMENTS[:9]

DEPARTMENT_OF_SLOT = (
    *DEPARTMENTS,
    *("Magazijn",) * 9,
    *("Terminal",) * 7,
    *("Verkoop", "Planning", "Klantenservice", "Verkoop", "Planning", "Klantenservice"),
    *("Douane", "Financiën", "Inkoop", "ICT", "Personeelszaken", "Verkoop"),
)
"""Person number n works in the slot n modulo 40, so that even a small organisation has every department."""

SERVICE_ACCOUNTS = (
    *("svc-scanner", "svc-backup", "svc-kassa", "svc-weegbrug", "svc-rapportage"),
    *("svc-telefonie", "svc-narrowcasting", "svc-koppeling-douane"),
)

KIOSKS = ("kiosk-kantine", "kiosk-kade")

SHARED_MAILBOXES = (
    *("info", "facturen", "sollicitaties", "receptie", "douane-aangifte", "klachten"),
    *("inkooporders", "planning", "verkoop", "terminal-wachtchef", "werkplaats", "pers"),
)

ROOMS = (
    *("zaal-waddenzee", "zaal-eems", "zaal-dollard", "zaal-lauwers", "zaal-marne"),
    *("zaal-dogger", "zaal-viking", "zaal-fisher", "poolauto-1", "poolauto-2"),
)

EQUIPMENT = ROOMS[-2:]
"""What is no room, but booked like one."""

GUEST_COMPANIES = (
    "loodswezen.example",
    "kadebeheer.example",
    "containerlijn.example",
    "douane-advies.example",
    "it-partner.example",
)
