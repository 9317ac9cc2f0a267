using System.Globalization;
using System.Text;

namespace LakebaseOps.Tests.Dumps.Volumes;

/// <summary>A request as it came over the wire; its body is read only when it is asked for.</summary>
internal sealed class FakeRequest
{
    private readonly Stream _stream;
    private readonly Stream _answers;

    private FakeRequest(Stream stream, Stream answers, string method, string target, Dictionary<string, string> headers)
    {
        (_stream, _answers, Method, Target, Headers) = (stream, answers, method, target, headers);
        string[] parts = target.Split('?');
        Path = string.Join('/', parts[0].Split('/').Select(Uri.UnescapeDataString));
        Query = parts.Length == 1 ? [] : parts[1].Split('&').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => Uri.UnescapeDataString(pair[1]));
    }

    public string Method { get; }

    public string Target { get; }

    public string Path { get; }

    public Dictionary<string, string> Query { get; }

    public Dictionary<string, string> Headers { get; }

    /// <summary>The next request of a connection; null at its end.</summary>
    public static async Task<FakeRequest?> ReadAsync(Stream stream, Stream answers)
    {
        if (await LineAsync(stream) is not { Length: > 0 } first)
            return null;
        Dictionary<string, string> headers = new(StringComparer.OrdinalIgnoreCase);
        while (await LineAsync(stream) is { Length: > 0 } line)
            headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        string[] parts = first.Split(' ');
        return new FakeRequest(stream, answers, parts[0], parts[1], headers);
    }

    /// <summary>Its body in full; a body that breaks off, or is to, ends the connection.</summary>
    /// <param name="most">Bytes after which the connection is dropped.</param>
    public async Task<byte[]> BodyAsync(long most = long.MaxValue)
    {
        if (Headers.GetValueOrDefault("Expect") == "100-continue")
            await _answers.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        using MemoryStream body = new();
        if (Headers.TryGetValue("Content-Length", out string? length))
        {
            await CopyAsync(body, int.Parse(length, CultureInfo.InvariantCulture), most);
        }
        else if (Headers.GetValueOrDefault("Transfer-Encoding") == "chunked")
        {
            while (await LineAsync(_stream) is { } line)
            {
                int size = line.Length == 0 ? throw new EndOfStreamException() : int.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                await CopyAsync(body, size, most);
                await LineAsync(_stream);
                if (size == 0)
                    return body.ToArray();
            }

            throw new EndOfStreamException();
        }

        return body.ToArray();
    }

    private async Task CopyAsync(MemoryStream body, int count, long most)
    {
        byte[] bytes = new byte[count];
        await _stream.ReadExactlyAsync(bytes);
        body.Write(bytes);
        if (body.Length > most)
            throw new IOException("Dropped in the middle of a body.");
    }

    private static async Task<string?> LineAsync(Stream stream)
    {
        StringBuilder line = new();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one) > 0)
        {
            if (one[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)one[0]);
        }

        return line.Length == 0 ? null : throw new EndOfStreamException();
    }
}

/// <summary>What is answered.</summary>
internal sealed record FakeAnswer(int Status, byte[]? Body = null)
{
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Bytes of the body after which the connection is dropped.</summary>
    public int? DropAfter { get; init; }

    public static FakeAnswer Error(int status, string code, string message) =>
        new(status, Encoding.UTF8.GetBytes($$"""{"error_code":"{{code}}","message":"{{message}}"}"""));
}
