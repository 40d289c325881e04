"""Brazilian places of the sample: cities with their coordinates in degrees, CEP and state."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


@dataclass(frozen=True, slots=True)
class City:
    """A city's centre; `postal_code` is a CEP in it."""

    name: str
    region: str
    postal_code: str
    latitude: float
    longitude: float
    code: str
    area_code: str


CITIES = (
    City("São Paulo", "SP", "01310-100", -23.5614, -46.6559, "SPO", "11"),
    City("Campinas", "SP", "13010-111", -22.9056, -47.0608, "CPQ", "19"),
    City("Santos", "SP", "11010-150", -23.9608, -46.3336, "SSZ", "13"),
    City("Ribeirão Preto", "SP", "14010-080", -21.1775, -47.8103, "RAO", "16"),
    City("Guarulhos", "SP", "07010-000", -23.4628, -46.5333, "GRU", "11"),
    City("Rio de Janeiro", "RJ", "20040-020", -22.9035, -43.1806, "RIO", "21"),
    City("Niterói", "RJ", "24020-000", -22.8833, -43.1036, "NIT", "21"),
    City("Belo Horizonte", "MG", "30130-010", -19.9208, -43.9378, "BHZ", "31"),
    City("Uberlândia", "MG", "38400-100", -18.9186, -48.2772, "UDI", "34"),
    City("Vitória", "ES", "29010-000", -20.3194, -40.3378, "VIX", "27"),
    City("Curitiba", "PR", "80010-000", -25.4297, -49.2711, "CWB", "41"),
    City("Londrina", "PR", "86010-000", -23.3103, -51.1628, "LDB", "43"),
    City("Florianópolis", "SC", "88010-000", -27.5969, -48.5495, "FLN", "48"),
    City("Joinville", "SC", "89201-000", -26.3045, -48.8487, "JOI", "47"),
    City("Porto Alegre", "RS", "90010-000", -30.0331, -51.2300, "POA", "51"),
    City("Caxias do Sul", "RS", "95010-000", -29.1678, -51.1794, "CXJ", "54"),
    City("Brasília", "DF", "70040-010", -15.7942, -47.8822, "BSB", "61"),
    City("Goiânia", "GO", "74003-010", -16.6799, -49.2550, "GYN", "62"),
    City("Cuiabá", "MT", "78005-000", -15.5961, -56.0967, "CGB", "65"),
    City("Campo Grande", "MS", "79002-000", -20.4697, -54.6201, "CGR", "67"),
    City("Salvador", "BA", "40020-000", -12.9714, -38.5014, "SSA", "71"),
    City("Recife", "PE", "50010-000", -8.0631, -34.8711, "REC", "81"),
    City("Fortaleza", "CE", "60010-000", -3.7304, -38.5218, "FOR", "85"),
    City("Natal", "RN", "59010-000", -5.7945, -35.2110, "NAT", "84"),
    City("João Pessoa", "PB", "58010-000", -7.1153, -34.8610, "JPA", "83"),
    City("Maceió", "AL", "57020-000", -9.6658, -35.7353, "MCZ", "82"),
    City("Belém", "PA", "66010-000", -1.4558, -48.4902, "BEL", "91"),
    City("Manaus", "AM", "69005-000", -3.1190, -60.0217, "MAO", "92"),
    City("São Luís", "MA", "65010-000", -2.5307, -44.3068, "SLZ", "98"),
    City("Teresina", "PI", "64000-000", -5.0892, -42.8019, "THE", "86"),
)
CENTRES = ("SPO", "GRU", "RIO", "CWB", "REC", "BSB")
EXTRA_STORES = ("SPO", "SPO", "RIO", "BHZ")
