import com.google.gson.JsonElement
import com.google.gson.JsonObject
import com.google.gson.JsonParser
import java.lang.reflect.InvocationTargetException
import java.util.UUID
import okhttp3.Response
import org.openapitools.client.apis.PostApi
import org.openapitools.client.apis.ProductApi
import org.openapitools.client.infrastructure.ApiClient
import org.openapitools.client.infrastructure.ClientError
import org.openapitools.client.infrastructure.ClientException
import org.openapitools.client.infrastructure.Serializer
import org.openapitools.client.infrastructure.ServerException
import org.openapitools.client.models.PostInclude
import org.openapitools.client.models.Problem
import org.openapitools.client.models.ProductBatchUpdate
import org.openapitools.client.models.ProductClear
import org.openapitools.client.models.ProductCreate
import org.openapitools.client.models.ProductFields
import org.openapitools.client.models.ProductQuery
import org.openapitools.client.models.ProductUpdate

val gson = Serializer.gson

/** The generated functions give no headers: an interceptor sees them. */
var last: Response? = null

/** Reads one call a line and performs it with the generated client; answers each with one line. */
fun main(args: Array<String>) {
    ApiClient.accessToken = args[1]
    ApiClient.builder.addInterceptor { chain -> chain.proceed(chain.request()).also { last = it } }
    val api = ProductApi(args[0])
    while (true) {
        val line = readLine() ?: break
        println(gson.toJson(api.answerTo(JsonParser.parseString(line).asJsonObject)))
    }
    System.exit(0)
}

fun ProductApi.answerTo(call: JsonObject): JsonObject {
    val answer = JsonObject()
    try {
        answer.add("data", gson.toJsonTree(perform(call)))
    } catch (failure: ClientException) {
        val body = (failure.response as ClientError<*>).body as String
        answer.add("problem", gson.toJsonTree(gson.fromJson(body, Problem::class.java)))
    } catch (failure: ServerException) {
        // It takes 304 for an error of the server.
        if (last?.code() != 304) throw failure
    }
    answer.addProperty("status", last?.code())
    answer.addProperty("etag", last?.header("ETag"))
    return answer
}

/**
 * Headers that are not given are sent as the text "null": `*` is what to give where there is no ETag, and every write
 * needs an Idempotency-Key.
 */
fun ProductApi.perform(call: JsonObject): Any? {
    val ifMatch = call["ifMatch"]?.asString ?: "*"
    return when (call["call"].asString) {
        "create" -> createProduct(gson.fromJson(call["product"], ProductCreate::class.java), newKey())
        "list" -> list(call["query"].asJsonObject)
        "get" -> getProduct(id(call), call["fields"]?.to<ProductFields>(), call["ifNoneMatch"]?.asString)
        "update" -> {
            val update = ProductUpdate(name = call["set"].asJsonObject["name"]?.asString)
            updateProduct(id(call), update, call["clear"]?.to<ProductClear>(), ifMatch, newKey())
        }
        "remove" -> deleteProduct(id(call), ifMatch)
        "query" -> queryProducts(gson.fromJson(call["query"], ProductQuery::class.java))
        "updateAll" -> batchUpdateProducts(gson.fromJson(call, ProductBatchUpdate::class.java), newKey())
        "getPost" -> PostApi(baseUrl).getPost(id(call), null, call["include"].to<PostInclude>(), "\"none\"")
        else -> throw IllegalArgumentException(call.toString())
    }
}

fun newKey(): String = UUID.randomUUID().toString()

fun id(call: JsonObject): UUID = UUID.fromString(call["id"].asString)

inline fun <reified T> JsonElement.to(): List<T> = asJsonArray.map { gson.fromJson(it, T::class.java) }

/** A list takes some ninety arguments, none of which has a default. They are given by name here: status__in is statusIn. */
fun ProductApi.list(query: JsonObject): Any? {
    val method = ProductApi::class.java.methods.first { it.name == "listProducts" }
    val arguments = method.parameters.map { parameter ->
        val sent = query.entrySet().find { it.key.replace("_", "").equals(parameter.name, ignoreCase = true) }
        sent?.let { gson.fromJson<Any>(it.value, parameter.parameterizedType) }
    }
    try {
        return method.invoke(this, *arguments.toTypedArray())
    } catch (thrown: InvocationTargetException) {
        throw thrown.targetException
    }
}
