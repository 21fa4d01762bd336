/** A code and the text that the older API versions print beside it. */
export type CodeWithDisplay = readonly [code: string, display?: string];

/** Chronic conditions: a patient has a few of them, and their claims repeat the codes. ICD-10-CM, without the dot. */
export const CHRONIC_CONDITIONS: readonly (readonly CodeWithDisplay[])[] = [
  [
    ["E119", "TYPE 2 DIABETES MELLITUS WITHOUT COMPLICATIONS"],
    ["E1122", "TYPE 2 DIABETES MELLITUS W DIABETIC CHRONIC KIDNEY DISEASE"],
    ["E1142", "TYPE 2 DIABETES MELLITUS WITH DIABETIC POLYNEUROPATHY"],
    ["E1165", "TYPE 2 DIABETES MELLITUS WITH HYPERGLYCEMIA"],
    ["Z794", "LONG TERM (CURRENT) USE OF INSULIN"],
  ],
  [
    ["I10", "ESSENTIAL (PRIMARY) HYPERTENSION"],
    ["I129", "HYPERTENSIVE CHRONIC KIDNEY DISEASE W STG 1-4/UNSP CHR KDNY"],
  ],
  [
    ["I509", "HEART FAILURE, UNSPECIFIED"],
    ["I5022", "CHRONIC SYSTOLIC (CONGESTIVE) HEART FAILURE"],
    ["I110", "HYPERTENSIVE HEART DISEASE WITH HEART FAILURE"],
  ],
  [
    ["J449", "CHRONIC OBSTRUCTIVE PULMONARY DISEASE, UNSPECIFIED"],
    ["J441", "CHRONIC OBSTRUCTIVE PULMONARY DISEASE W (ACUTE) EXACERBATION"],
    ["J45909", "UNSPECIFIED ASTHMA, UNCOMPLICATED"],
  ],
  [
    ["N1830", "CHRONIC KIDNEY DISEASE, STAGE 3 UNSPECIFIED"],
    ["N1831", "CHRONIC KIDNEY DISEASE, STAGE 3A"],
    ["N184", "CHRONIC KIDNEY DISEASE, STAGE 4 (SEVERE)"],
  ],
  [
    ["N186", "END STAGE RENAL DISEASE"],
    ["Z992", "DEPENDENCE ON RENAL DIALYSIS"],
  ],
  [
    ["E785", "HYPERLIPIDEMIA, UNSPECIFIED"],
    ["E780", "PURE HYPERCHOLESTEROLEMIA"],
    ["E782", "MIXED HYPERLIPIDEMIA"],
  ],
  [
    ["F329", "MAJOR DEPRESSIVE DISORDER, SINGLE EPISODE, UNSPECIFIED"],
    ["F331", "MAJOR DEPRESSIVE DISORDER, RECURRENT, MODERATE"],
  ],
  [
    ["G309", "ALZHEIMER'S DISEASE, UNSPECIFIED"],
    ["F0280", "DEMENTIA IN OTH DISEASES CLASSD ELSWHR W/O BEHAVRL DISTURB"],
  ],
  [
    ["M810", "AGE-RELATED OSTEOPOROSIS W/O CURRENT PATHOLOGICAL FRACTURE"],
    ["M179", "OSTEOARTHRITIS OF KNEE, UNSPECIFIED"],
    ["M069", "RHEUMATOID ARTHRITIS, UNSPECIFIED"],
  ],
  [
    ["I4891", "UNSPECIFIED ATRIAL FIBRILLATION"],
    ["Z7901", "LONG TERM (CURRENT) USE OF ANTICOAGULANTS"],
  ],
  [["I2510", "ATHSCL HEART DISEASE OF NATIVE CORONARY ARTERY W/O ANG PCTRS"]],
  [
    ["E669", "OBESITY, UNSPECIFIED"],
    ["Z6835", "BODY MASS INDEX (BMI) 35.0-35.9, ADULT"],
  ],
  [["E039", "HYPOTHYROIDISM, UNSPECIFIED"]],
  [["R7303", "PREDIABETES"]],
];

/** Complaints that come and go. ICD-10-CM, without the dot. */
export const ACUTE_CONDITIONS: readonly CodeWithDisplay[] = [
  ["D649", "ANEMIA, UNSPECIFIED"],
  ["R52", "PAIN, UNSPECIFIED"],
  ["R05", "COUGH"],
  ["R079", "CHEST PAIN, UNSPECIFIED"],
  ["R0602", "SHORTNESS OF BREATH"],
  ["R42", "DIZZINESS AND GIDDINESS"],
  ["R296", "REPEATED FALLS"],
  ["J069", "ACUTE UPPER RESPIRATORY INFECTION, UNSPECIFIED"],
  ["J189", "PNEUMONIA, UNSPECIFIED ORGANISM"],
  ["N390", "URINARY TRACT INFECTION, SITE NOT SPECIFIED"],
  ["N179", "ACUTE KIDNEY FAILURE, UNSPECIFIED"],
  ["A419", "SEPSIS, UNSPECIFIED ORGANISM"],
  ["K219", "GASTRO-ESOPHAGEAL REFLUX DISEASE WITHOUT ESOPHAGITIS"],
  ["K5900", "CONSTIPATION, UNSPECIFIED"],
  ["M545", "LOW BACK PAIN"],
  ["M25561", "PAIN IN RIGHT KNEE"],
  ["G4733", "OBSTRUCTIVE SLEEP APNEA (ADULT) (PEDIATRIC)"],
  ["H2513", "AGE-RELATED NUCLEAR CATARACT, BILATERAL"],
  ["L03115", "CELLULITIS OF RIGHT LOWER LIMB"],
  ["I639", "CEREBRAL INFARCTION, UNSPECIFIED"],
  ["S8290X"],
  ["S72001A", "FRACTURE OF UNSP PART OF NECK OF RIGHT FEMUR, INIT"],
  ["T383X5A", "ADVERSE EFFECT OF INSULIN AND ORAL HYPOGLYCEMIC DRUGS, INIT"],
  ["T45515A", "ADVERSE EFFECT OF ANTICOAGULANTS, INITIAL ENCOUNTER"],
  ["T466X5A", "ADVERSE EFFECT OF ANTIHYPERLIP AND ANTIARTERIO DRUGS, INIT"],
  ["Z0000", "ENCNTR FOR GENERAL ADULT MEDICAL EXAM W/O ABNORMAL FINDINGS"],
  ["Z23", "ENCOUNTER FOR IMMUNIZATION"],
  ["Z9181", "HISTORY OF FALLING"],
  ["C20", "MALIGNANT NEOPLASM OF RECTUM"],
];

/** External causes of injury. ICD-10-CM, without the dot. */
export const EXTERNAL_CAUSES: readonly CodeWithDisplay[] = [
  ["W19XXXA", "UNSPECIFIED FALL, INITIAL ENCOUNTER"],
  ["W010XXA", "FALL SAME LEV FROM SLIP/TRIP W/O STRIKE AGAINST OBJECT, INIT"],
  ["W1830XA", "FALL ON SAME LEVEL, UNSPECIFIED, INITIAL ENCOUNTER"],
  ["Y92009", "UNSP PLACE IN UNSP NON-INSTITUTIONAL (PRIVATE) RESIDENCE"],
];

/** Hospital procedures. ICD-10-PCS. */
export const PROCEDURES: readonly CodeWithDisplay[] = [
  ["BW03ZZZ", "PLAIN RADIOGRAPHY OF CHEST"],
  ["5A1945Z", "RESPIRATORY VENTILATION, 24-96 CONSECUTIVE HOURS"],
  ["5A1D70Z", "PERFORMANCE OF URINARY FILTRATION, <6 HRS/DAY"],
  ["0SRB02Z", "REPLACEMENT OF LEFT HIP JOINT WITH METAL ON POLYETHYLENE"],
  ["02HV33Z", "INSERTION OF INFUSION DEVICE INTO SUP VENA CAVA, PERC"],
  ["30233N1", "TRANSFUSE NONAUT RED BLOOD CELLS IN PERIPH VEIN, PERC"],
  ["0DB68ZX", "EXCISION OF STOMACH, ENDO, DIAGN"],
  ["B2111ZZ", "FLUOROSCOPY OF MULTIPLE CORONARY ARTERIES USING LOW OSMOLAR"],
];

/** MS-DRGs, as V3 prints them: without leading zeros. */
export const DRG_CODES = [
  "42",
  "65",
  "190",
  "193",
  "291",
  "309",
  "470",
  "481",
  "638",
  "682",
  "689",
  "690",
  "871",
  "872",
];

/** HCPCS of office and clinic visits, tests and shots on professional claims. */
export const CARRIER_HCPCS = [
  ...[
    "99213",
    "99214",
    "99203",
    "99204",
    "99232",
    "99490",
    "G0439",
    "G0438",
    "36415",
    "80053",
    "80061",
    "83036",
  ],
  ...[
    "85025",
    "93000",
    "71046",
    "90662",
    "G0008",
    "97110",
    "92014",
    "20610",
    "11721",
    "77067",
    "45378",
    "66984",
  ],
];

/** Emergency visits, which carry no other sign than their code and place of service 23. */
export const EMERGENCY_HCPCS = ["99281", "99282", "99283", "99284", "99285"];

/** Anesthesia procedures, which are counted in units. */
export const ANESTHESIA_HCPCS = ["00142", "00811", "01402", "01214"];

/** HCPCS on hospital outpatient claims. */
export const OUTPATIENT_HCPCS = [
  ...[
    "G0463",
    "85025",
    "80061",
    "80048",
    "83036",
    "71046",
    "93306",
    "70450",
    "74177",
    "96413",
    "90935",
    "97161",
  ],
];

/** Drugs given under Part B: HCPCS and NDC. */
export const DRUGS: readonly (readonly [hcpcs: string, ndc: string])[] = [
  ["J2270", "00641612525"],
  ["J0897", "55513071001"],
  ["J1885", "00409379501"],
  ["J3420", "00517003125"],
  ["J1100", "63323016501"],
  ["Q5106", "00069130801"],
];

/** Durable medical equipment and supplies. */
export const DME_HCPCS = [
  "E0110",
  "E0601",
  "A7030",
  "E1390",
  "A4253",
  "K0001",
  "E0143",
  "A4604",
  "L3000",
  "E0260",
];

/** Home health visits. */
export const HHA_HCPCS = ["G0299", "G0300", "G0151", "G0152", "G0153", "G0156"];

/** Hospice care. */
export const HOSPICE_HCPCS = ["Q5001", "G0299", "G0155", "G0156"];

/** Payment groups of home health agencies and nursing facilities: not HCPCS. */
export const HIPPS_CODES = { hha: ["1AA11", "2BB21", "3CC31"], snf: ["KAGD1", "NBSE1", "PDPM1"] } as const;

/** NUCC taxonomy by CMS specialty, with the specialty's name. */
export const SPECIALTIES: readonly (readonly [specialty: string, display: string, taxonomy: string])[] = [
  ["01", "General practice", "208D00000X"],
  ["05", "Anesthesiology", "207L00000X"],
  ["06", "Cardiology", "207RC0000X"],
  ["08", "Family practice", "207Q00000X"],
  ["11", "Internal medicine", "207R00000X"],
  ["39", "Nephrology", "207RN0300X"],
  ["46", "Endocrinology", "207RE0101X"],
  ["69", "Clinical laboratory (billing independently)", "291U00000X"],
  ["93", "Emergency medicine", "207P00000X"],
];

/** What place of service 11 means, as AB2D prints it: long texts are part of a real line's size. */
export const PLACES_OF_SERVICE: Readonly<Record<string, string>> = {
  "11": "Office. Location, other than a hospital, skilled nursing facility (SNF), military treatment facility, community health center, State or local public health clinic, or intermediate care facility (ICF), where the health professional routinely provides health examinations, diagnosis, and treatment of illness or injury on an ambulatory basis.",
  "07": "Tribal 638 Provider-Based Facility",
  "12": "Home. Location, other than a hospital or other facility, where the patient receives care in a private residence.",
  "21": "Inpatient hospital.",
  "22": "Outpatient hospital.",
  "23": "Emergency room - hospital.",
  "24": "Ambulatory surgical center.",
};

/** Invented people and groups. One name has letters beyond ASCII: lengths are counted in bytes. */
export const PERSON_NAMES = [
  "DOE, JANE",
  "ROE, RICHARD",
  "PUBLIC, MARY Q",
  "NÚÑEZ, JOSÉ",
  "EXAMPLE, SAM",
  "SAMPLE, ALEX",
];
export const GROUP_NAMES = [
  ...[
    "BAY STATE MEDICAL GROUP",
    "COMMONWEALTH CARE LLC",
    "HARBOR CLINIC INC",
    "RIVERSIDE HOSPITAL",
    "CAPE ANN LAB",
  ],
];
