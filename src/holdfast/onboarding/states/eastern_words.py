"""States in Japanese, Chinese and Korean: without blanks, a text is known by how it begins or ends."""

from collections.abc import Iterable

from holdfast.data.values.words import word_list

# What was done, and what was sent or is to be sent, which was sold.
CANCELLED = ("キャンセル", "取消", "取り消し", "취소")
REFUNDED = ("返品", "返金", "払い戻し", "払戻", "退款", "退货", "退貨", "환불", "반품")
SENT = word_list("""
    発送 出荷 配送 配達 お届け 发货 已发货 待发货 發貨 待發貨 出貨 待收货 待收貨 배송 발송 출고
""")
PARTLY = ("一部", "部分", "일부", "부분")
# It is not so, not yet so, only asked for, refused, or a word for what it costs.
_DENIED = word_list("""
    不可 不能 できない できません 出来 なし 無し 拒 却下 失敗 失败 撤回 取り下げ 取下 料 ポリシー 規定 불가 거부 거절
    실패 철회 없음 수수료 エラー
""")
# Of insurance, an exchange, a parcel sent again.
_ELSE = ("保障", "保険", "险", "險", "交換", "交换", "再", "快递", "快遞")
# What may follow a beginning.
_DONE = (
    *("済み", "済", "完了", "確定", "成功", "完成", "処理", "处理", "處理", "しました", "されました", "了"),
    *("완료", "확정", "처리", "성공", "됨"),
    # Of the order, and its money back.
    *("订单", "訂單", "注文", "주문", *REFUNDED, "（", "）", "(", ")", "・", "/"),
)
_NOT_YET = (
    *("待", "依頼", "申請", "申请", "希望", "リクエスト", "要求", "受付", "中", "前", "可能", "保留", "確認", "予定"),
    *("未", "非", "要請", "요청", "신청", "접수", "대기", "중", "전", "가능", "보류", "예정", "검토"),
)


def found_in(text: str, stems: Iterable[str]) -> bool:
    """Say whether a text ends with a stem, or begins with one and only says then that it is done.

    What says that it is not so, or not yet, or that something else was done with it, is none.

    Examples
    --------
    >>> [found_in(text, CANCELLED) for text in ("キャンセル確定", "注文キャンセル", "취소완료", "取消订单")]
    [True, True, True, True]
    >>> found_in("キャンセル（返金済）", CANCELLED)
    True
    >>> [found_in(text, CANCELLED) for text in ("キャンセル不可", "キャンセル待ち", "取消申请", "취소요청")]
    [False, False, False, False]
    """
    return _stands_in(text, tuple(stems)) and not any(part in text for part in (*_DENIED, *_NOT_YET, *_ELSE))


def takes_back(text: str) -> bool:
    """Say whether a text speaks of a return that was cancelled, and not of an order whose money went back.

    Examples
    --------
    >>> [takes_back(text) for text in ("返品キャンセル", "退货取消", "キャンセル確定", "キャンセル（返金済）")]
    [True, True, False, False]
    """
    first = [min((text.index(stem) for stem in stems if stem in text), default=-1) for stems in (REFUNDED, CANCELLED)]
    return 0 <= first[0] < first[1]


def is_sent(text: str) -> bool:
    """Say whether a text begins with a word of deliveries: sent, or to be sent, it was sold.

    Examples
    --------
    >>> is_sent("発送待ち"), is_sent("배송중"), is_sent("配送不可"), is_sent("待发货")
    (True, True, False, True)
    """
    return text.startswith(SENT) and not any(part in text for part in (*_DENIED, *CANCELLED, *REFUNDED))


def _stands_in(text: str, stems: tuple[str, ...]) -> bool:
    bare = _bare(text)
    return text.endswith(stems) or any(bare.startswith(s) and _is_done(bare.removeprefix(s)) for s in stems)


def _is_done(text: str) -> bool:
    while part := next((part for part in _DONE if text.startswith(part)), ""):
        text = text.removeprefix(part)
    return not text


def _bare(text: str) -> str:
    """Return a text without what says that it is done already, or of a part."""
    for part in ("已", *PARTLY):
        text = text.removeprefix(part)
    return text
