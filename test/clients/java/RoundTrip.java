import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.openapitools.client.ApiClient;
import org.openapitools.client.ApiException;
import org.openapitools.client.ApiResponse;
import org.openapitools.client.api.PostApi;
import org.openapitools.client.api.ProductApi;
import org.openapitools.client.model.PostInclude;
import org.openapitools.client.model.Problem;
import org.openapitools.client.model.ProductBatchUpdate;
import org.openapitools.client.model.ProductClear;
import org.openapitools.client.model.ProductCreate;
import org.openapitools.client.model.ProductFields;
import org.openapitools.client.model.ProductQuery;
import org.openapitools.client.model.ProductUpdate;

/** Reads one call a line and performs it with the generated client; answers each with one line. */
public class RoundTrip {
  private static ObjectMapper json;
  private static ProductApi api;
  private static PostApi posts;

  public static void main(String[] args) throws Exception {
    URI url = URI.create(args[0]);
    ApiClient client = new ApiClient();
    client.setHost(url.getHost()).setPort(url.getPort()).setBasePath(url.getPath());
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + args[1]));
    json = client.getObjectMapper();
    api = new ProductApi(client);
    posts = new PostApi(client);

    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      System.out.println(json.writeValueAsString(answerTo(json.readTree(line))));
    }
  }

  private static ObjectNode answerTo(JsonNode call) throws Exception {
    ObjectNode answer = json.createObjectNode();
    try {
      ApiResponse<?> response = perform(call);
      answer.put("status", response.getStatusCode());
      List<String> etag = response.getHeaders().getOrDefault("etag", List.of());
      if (!etag.isEmpty()) answer.put("etag", etag.get(0));
      answer.set("data", json.valueToTree(response.getData()));
    } catch (ApiException failure) {
      if (failure.getCode() == 0) throw failure;
      answer.put("status", failure.getCode());
      failure.getResponseHeaders().firstValue("etag").ifPresent(etag -> answer.put("etag", etag));
      String body = failure.getResponseBody();
      if (!body.isEmpty()) answer.set("problem", json.valueToTree(json.readValue(body, Problem.class)));
    }
    return answer;
  }

  private static ApiResponse<?> perform(JsonNode call) throws Exception {
    String ifMatch = call.path("ifMatch").textValue();
    switch (call.get("call").asText()) {
      case "create":
        return api.createProductWithHttpInfo(json.convertValue(call.get("product"), ProductCreate.class), null);
      case "list":
        return list(call.get("query"));
      case "get":
        List<ProductFields> fields = json.convertValue(call.get("fields"), new TypeReference<>() {});
        return api.getProductWithHttpInfo(id(call), fields, call.path("ifNoneMatch").textValue());
      case "update":
        ProductUpdate update = new ProductUpdate();
        if (call.get("set").has("name")) update.name(call.get("set").get("name").asText());
        List<ProductClear> clear = json.convertValue(call.get("clear"), new TypeReference<>() {});
        return api.updateProductWithHttpInfo(id(call), update, clear, ifMatch, null);
      case "remove":
        return api.deleteProductWithHttpInfo(id(call), ifMatch);
      case "query":
        return api.queryProductsWithHttpInfo(json.convertValue(call.get("query"), ProductQuery.class));
      case "updateAll":
        return api.batchUpdateProductsWithHttpInfo(json.convertValue(call, ProductBatchUpdate.class), null);
      case "getPost":
        List<PostInclude> include = json.convertValue(call.get("include"), new TypeReference<>() {});
        return posts.getPostWithHttpInfo(id(call), null, include, null);
      default:
        throw new IllegalArgumentException(call.toString());
    }
  }

  private static UUID id(JsonNode call) {
    return UUID.fromString(call.get("id").asText());
  }

  /** A list takes some ninety arguments in a row. They are given by name here: status__in is called statusIn. */
  private static ApiResponse<?> list(JsonNode query) throws Exception {
    Method method =
        Arrays.stream(ProductApi.class.getMethods())
            .filter(each -> each.getName().equals("listProductsWithHttpInfo"))
            .findFirst()
            .orElseThrow();
    Object[] values = Arrays.stream(method.getParameters()).map(each -> argument(each, query)).toArray();
    try {
      return (ApiResponse<?>) method.invoke(api, values);
    } catch (InvocationTargetException thrown) {
      throw (Exception) thrown.getCause();
    }
  }

  private static Object argument(Parameter parameter, JsonNode query) {
    JavaType type = json.constructType(parameter.getParameterizedType());
    for (var names = query.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (name.replace("_", "").equalsIgnoreCase(parameter.getName()))
        return json.convertValue(query.get(name), type);
    }
    return null;
  }
}
