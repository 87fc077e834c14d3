"""States in Japanese, Chinese and Korean, where no blanks stand between words."""

import pytest

from holdfast.onboarding.called.names import customer_fit
from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import dropped, look, said

MEANS = {
    State.CANCELLED: "キャンセル確定 キャンセル済み キャンセル処理済 注文キャンセル ｷｬﾝｾﾙ 取消完了 取り消し "
    "订单已取消 已取消 訂單取消 交易关闭 취소확정 "
    "구매자취소 취소처리",
    State.REFUNDED: "返品完了 返金済 全額返金 退款完成 已退款 退货成功 환불처리 반품확정",
    State.PARTLY: "一部キャンセル確定 一部返金済み 部分退款成功 일부환불처리",
    State.SOLD: "発送済 発送待ち 発送前 出荷準備中 配送中 待发货 已发货 待收货 배송중 배송준비중",
    State.UNKNOWN: "キャンセル不可 キャンセル待ち キャンセル依頼 キャンセル料 キャンセルなし 返品不可 返品受付中 "
    "返金申請 取消申请 取消失败 退款中 未取消 "
    "취소요청 취소불가 취소철회 환불대기 配送不可 承認 "
    "返品キャンセル 返金取消 退货取消 반품취소 取消快递 キャンセル分再発送 退货保障 退货运费险 返品交換 返品再生",
}


@pytest.mark.parametrize(("means", "text"), [(means, text) for means, texts in MEANS.items() for text in texts.split()])
def test_a_text_is_known_by_how_it_begins_or_ends(means, text):
    assert state_of(text) is means


def test_orders_that_were_cancelled_are_dropped_and_those_who_wait_are_shown():
    found = look({"ステータス名": ["発送済", "発送待ち", "キャンセル確定", "キャンセル待ち"]})
    assert dropped(found) == {"ステータス名": ["キャンセル確定"]}
    assert '"ステータス名" says 30 lines (315.00) cancelled: dropped' in said(found)
    assert '"キャンセル待ち" (30 lines): not known here' in said(found)
    assert "発送" not in said(found)


def test_a_surname_is_no_customer():
    assert [customer_fit(name).name for name in ("注文者姓", "注文者メールアドレス", "注文者id")] == [
        "SILENT",
        "PARTLY",
        "WHOLE",
    ]
