"""Products: whether the customer buys the same things again, or new ones."""

from holdfast.features.feature import Feature

PRODUCTS = (
    Feature(
        "product_top_share",
        over="products",
        sql="MAX(bought) * EXP(0) / NULLIF(CAST(SUM(bought) AS BIGINT), 0)",
        unit="share",
        meaning="share of purchased lines that are of the most frequent product",
        needs="product_id",
    ),
    Feature(
        "product_concentration",
        over="products",
        sql="CAST(SUM(bought * bought) AS BIGINT) * EXP(0) / NULLIF(CAST(SUM(bought) * SUM(bought) AS BIGINT), 0)",
        unit="index",
        meaning="sum of the squared shares of the products in purchased lines: 1 = always the same product",
        needs="product_id",
    ),
    Feature(
        "products_again_share",
        over="products",
        sql="COUNT(*) FILTER (WHERE first_day < last_day) * EXP(0) / NULLIF(COUNT(first_day), 0)",
        unit="share",
        meaning="share of purchased products that were bought again on a later day",
        needs="product_id",
    ),
    Feature(
        "products_new_90d",
        over="products",
        sql="COUNT(*) FILTER (WHERE first_day >= {cutoff} - 90)",
        unit="products",
        meaning="bought for the first time in the last 90 days",
        needs="product_id",
    ),
)
