"""Reads one call a line and performs it with the generated client; answers each with one line."""

import json
import sys
from types import SimpleNamespace

import openapi_client
from openapi_client.api.post_api import PostApi
from openapi_client.api.product_api import ProductApi
from openapi_client.models.product_create import ProductCreate
from openapi_client.models.product_update import ProductUpdate

configuration = openapi_client.Configuration(host=sys.argv[1])
configuration.access_token = sys.argv[2]
client = openapi_client.ApiClient(configuration)
api = ProductApi(client)
posts = PostApi(client)


def snake(name):
    return "".join("_" + c.lower() if c.isupper() else c for c in name)


def present(**options):
    return {name: value for name, value in options.items() if value is not None}


def model(name, value):
    return client.deserialize(SimpleNamespace(data=json.dumps(value)), name)


def perform(call):
    if_match = present(if_match=call.get("ifMatch"))
    if call["call"] == "create":
        product = {snake(name): value for name, value in call["product"].items()}
        return api.create_product_with_http_info(ProductCreate(**product))
    if call["call"] == "list":
        query = {snake(name): value for name, value in call["query"].items()}
        return api.list_products_with_http_info(**query)
    if call["call"] == "get":
        options = present(fields=call.get("fields"), if_none_match=call.get("ifNoneMatch"))
        return api.get_product_with_http_info(call["id"], **options)
    if call["call"] == "update":
        options = present(clear=call.get("clear"), **if_match)
        return api.update_product_with_http_info(call["id"], ProductUpdate(**call["set"]), **options)
    if call["call"] == "remove":
        return api.delete_product_with_http_info(call["id"], **if_match)
    if call["call"] == "query":
        return api.query_products_with_http_info(model("ProductQuery", call["query"]))
    if call["call"] == "updateAll":
        return api.batch_update_products_with_http_info(model("ProductBatchUpdate", {"items": call["items"]}))
    if call["call"] == "getPost":
        return posts.get_post_with_http_info(call["id"], include=call["include"])
    raise ValueError(call)


def answer_to(call):
    try:
        data, status, headers = perform(call)
        return {
            "status": status,
            "etag": headers.get("ETag"),
            "data": client.sanitize_for_serialization(data),
        }
    except openapi_client.ApiException as failure:
        answer = {"status": failure.status, "etag": failure.headers.get("ETag")}
        return {**answer, "problem": json.loads(failure.body)} if failure.body else answer


for line in sys.stdin:
    print(json.dumps(answer_to(json.loads(line))), flush=True)
