using System.Globalization;
using System.Net;
using System.Text.Json;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>A request that came to nothing.</summary>
internal sealed class VolumeException : Exception
{
    private const int MostText = 300;

    private VolumeException(string message, Exception? cause)
        : base(message, cause)
    {
    }

    /// <summary>What the server answered; null when it did not.</summary>
    public HttpStatusCode? Status { get; private init; }

    /// <summary>True when the same request may well succeed later.</summary>
    public bool IsPassing { get; private init; }

    /// <summary>True for answers that pass by themselves.</summary>
    public static bool Passes(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || ((int)status >= 500 && status != HttpStatusCode.NotImplemented);

    /// <summary>The server refused.</summary>
    /// <param name="status">How.</param>
    /// <param name="body">What it said.</param>
    /// <param name="token">What must not be repeated.</param>
    /// <param name="isRenewed">True when another token is there to try.</param>
    public static VolumeException Refused(HttpStatusCode status, string body, string token, bool isRenewed)
    {
        string said = Said(body).Replace(token, "…", StringComparison.Ordinal);
        string text = string.Create(CultureInfo.InvariantCulture, $"the workspace answered {(int)status}{(said.Length == 0 ? "" : $" ({said})")}");
        return new VolumeException(text, null) { Status = status, IsPassing = isRenewed || Passes(status) };
    }

    /// <summary>There was no answer.</summary>
    public static VolumeException Broken(Exception cause) => new(
        cause is OperationCanceledException ? "nothing came or went for too long"
        : cause.InnerException is { } inner && !cause.Message.Contains(inner.Message, StringComparison.Ordinal)
            ? $"{cause.Message.TrimEnd('.')}: {inner.Message.TrimEnd('.')}"
        : cause.Message.TrimEnd('.'), cause)
    {
        IsPassing = cause is not HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError },
    };

    // Gateways answer with other things than JSON.
    private static string Said(string body)
    {
        string text = body;
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                text = string.Join(": ", new[] { "error_code", "message" }
                    .Select(name => document.RootElement.TryGetProperty(name, out JsonElement value) ? value.ToString() : "").Where(part => part.Length > 0));
            }
        }
        catch (JsonException)
        {
            if (body.Contains('<', StringComparison.Ordinal))
                text = "";
        }

        text = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim();
        return text.Length <= MostText ? text : text[..MostText] + "…";
    }
}
