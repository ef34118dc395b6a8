// Shows the API schema with Swagger UI; logged-in users can send requests.
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

const container = document.getElementById("docs");
SwaggerUIBundle({
  url: container.dataset.description,
  domNode: container,
  deepLinking: true,
  validatorUrl: null, // nothing is sent to a third party
  requestInterceptor(request) {
    request.headers["X-CSRFToken"] = container.dataset.csrf;
    return request;
  },
});
