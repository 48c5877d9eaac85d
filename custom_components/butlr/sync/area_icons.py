"""Choose the icon of an area created for a room or zone, by the words of its type or name.

Types are free text that customers write, in their own language.
"""

import re
from typing import Final
import unicodedata

from ..api.estate import Room, Zone

ROOM_ICON: Final = "mdi:door"
ZONE_ICON: Final = "mdi:select-group"
# The first row that matches wins, so specific words come first. A word of five letters or more also matches as a prefix
# (besprechungsraum). A word with non-ASCII letters also matches inside another word (großraumbüro).
_WORDS: Final = (
    ("mdi:phone", "phone booth call telephone telefon telefoon téléphone teléfono cabina belcel 電話 フォンブース"),
    ("mdi:presentation", "meeting conference boardroom huddle besprechung konferenz sitzung réunion conférence"),
    ("mdi:presentation", "reunion reunión conferencia vergader 会議 ミーティング 打ち合わせ"),
    ("mdi:silverware-fork-knife", "canteen cafeteria dining restaurant kantine speise cantine comedor 食堂"),
    ("mdi:coffee", "cafe café coffee pantry break breakroom kaffee koffie カフェ 休憩"),
    ("mdi:countertop", "kitchen küche cuisine cocina keuken キッチン 給湯"),
    ("mdi:toilet", "restroom toilet wc washroom lavatory aseo aseos baño sanitair トイレ 化粧室 お手洗い"),
    ("mdi:shower", "bathroom shower dusche badezimmer douche ducha badkamer 浴室 シャワー"),
    ("mdi:school", "class classroom lecture seminar training hörsaal schulung unterricht aula leslokaal 教室 研修"),
    ("mdi:bed", "bedroom patient resident schlafzimmer bewohner chambre dormitorio habitación slaapkamer 寝室 居室"),
    ("mdi:bookshelf", "library bibliothek bibliothèque biblioteca bibliotheek 図書"),
    ("mdi:sofa", "lobby lounge foyer living waiting wohnzimmer wartezimmer wartebereich woonkamer ロビー ラウンジ"),
    ("mdi:room-service", "reception rezeption empfang accueil recepción receptie 受付"),
    ("mdi:server-network", "server datacenter technik technical technique técnico サーバー"),
    ("mdi:flask", "lab labs laboratory labor laboratoire laboratorio laboratorium 実験"),
    ("mdi:dumbbell", "gym fitness ジム"),
    ("mdi:stairs", "stair stairs stairwell treppe treppenhaus escalier escalera trappenhuis 階段"),
    ("mdi:elevator", "elevator lift aufzug ascenseur ascensor エレベーター"),
    ("mdi:walk", "corridor hallway aisle hall flur gang korridor couloir pasillo 廊下"),
    ("mdi:package-variant-closed", "storage store storeroom stockroom warehouse closet archive archiv lager abstell"),
    ("mdi:package-variant-closed", "stockage almacén trastero archivo magazijn opslag berging 倉庫 保管 収納"),
    ("mdi:store", "shop retail laden boutique tienda winkel 店舗"),
    ("mdi:door-sliding", "entrance entry exit eingang entrée entrada ingang 入口 玄関"),
    ("mdi:desk", "office desk desks workspace workstation workplace coworking focus open büro arbeitsplatz"),
    ("mdi:desk", "schreibtisch bureau oficina despacho escritorio kantoor werkplek オフィス 執務 デスク ワーク"),
)


def icon_of(space: Room | Zone) -> str:
    """Return the icon of the area created for a room or zone."""
    kind = space.room_type if isinstance(space, Room) else None
    for text in (kind, space.name):
        if text and (icon := _icon_for_text(text)):
            return icon
    return ROOM_ICON if isinstance(space, Room) else ZONE_ICON


def _icon_for_text(text: str) -> str | None:
    """Return the icon that matches a text, or None."""
    text = unicodedata.normalize("NFKC", text).casefold()
    words = re.findall(r"[^\W_]+", text)
    for icon, known in _WORDS:
        for word in known.split():
            if word in words or (not word.isascii() and word in text):
                return icon
            if len(word) > 4 and any(one.startswith(word) for one in words):
                return icon
    return None
