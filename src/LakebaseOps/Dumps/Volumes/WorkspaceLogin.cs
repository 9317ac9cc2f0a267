using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LakebaseOps.Connections;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>Gets the token of a service principal (OAuth, client credentials).</summary>
internal static class WorkspaceLogin
{
    private const int Attempts = 4;

    /// <summary>A new token.</summary>
    /// <exception cref="LakebaseException">AuthenticationFailed, ConnectionFailed.</exception>
    public static async Task<IssuedSecret> RequestAsync(Uri host, string client, string secret, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(WorkspaceHttp.Limit);
            try
            {
                using HttpRequestMessage request = new(HttpMethod.Post, new Uri(host, "/oidc/v1/token"));
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client}:{secret}")));
                request.Content = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("scope", "all-apis")]);
                using HttpResponseMessage answer = await WorkspaceHttp.For(host).SendAsync(request, limit.Token).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                    return Read(await answer.Content.ReadAsByteArrayAsync(limit.Token).ConfigureAwait(false), host);
                if (!VolumeException.Passes(answer.StatusCode) || attempt == Attempts)
                    throw Refused(host, $"it answered {(int)answer.StatusCode}");
            }
            catch (Exception broken) when (broken is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                if (attempt == Attempts)
                {
                    throw new LakebaseError(ErrorIds.ConnectionFailed, LakebaseErrorKind.Connection, $"No token was got from {host.Host}: {broken.Message}")
                    { Target = host.Host, Cause = broken, Remedy = "Check DATABRICKS_HOST and the network." }.ToException();
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250 << attempt), cancellationToken).ConfigureAwait(false);
        }
    }

    private static IssuedSecret Read(byte[] body, Uri host)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            string token = document.RootElement.GetProperty("access_token").GetString()!;
            // Some servers write the number as text.
            double seconds = double.Parse(document.RootElement.GetProperty("expires_in").ToString(), System.Globalization.CultureInfo.InvariantCulture);
            return new IssuedSecret(Workspace.Secure(token), DateTimeOffset.UtcNow.AddSeconds(seconds));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException or ArgumentException)
        {
            // The cause stays out: its text could quote the token.
            throw Refused(host, "its answer holds none");
        }
    }

    private static LakebaseException Refused(Uri host, string how) =>
        new LakebaseError(ErrorIds.AuthenticationFailed, LakebaseErrorKind.Authentication, $"{host.Host} issued no token: {how}.")
        { Target = host.Host, Remedy = "Check DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET; a secret lives two years at most." }.ToException();
}
