using System.Net;
using System.Security;
using LakebaseOps.Connections;

namespace LakebaseOps.Dumps.Volumes;

/// <summary>
/// A Databricks workspace and what its requests authenticate with, as the tools of Databricks are told: DATABRICKS_HOST, and
/// DATABRICKS_TOKEN or DATABRICKS_CLIENT_ID with DATABRICKS_CLIENT_SECRET.
/// </summary>
/// <param name="Host">Its address.</param>
/// <param name="Tokens">Issues tokens.</param>
internal sealed record Workspace(Uri Host, SecretSource Tokens)
{
    private const string HostName = "DATABRICKS_HOST";
    private const string TokenName = "DATABRICKS_TOKEN";
    private const string ClientName = "DATABRICKS_CLIENT_ID";
    private const string SecretName = "DATABRICKS_CLIENT_SECRET";

    /// <summary>Sends requests there.</summary>
    public HttpClient Http => WorkspaceHttp.For(Host);

    /// <summary>The workspace that environment variables name.</summary>
    /// <exception cref="LakebaseException">WorkspaceNotConfigured, InvalidArgument.</exception>
    public static Workspace From(Func<string, string?> variable)
    {
        string? Value(string name) => variable(name) is { Length: > 0 } value ? value.Trim() : null;
        Uri host = Address(Value(HostName) ?? throw Missing($"{HostName} is not set"));
        if (Value(TokenName) is not null)
        {
            // Asked for anew after a refusal: the process may have been given another one.
            return new Workspace(host, new SecretSource(_ => Task.FromResult(
                new IssuedSecret(Secure(Value(TokenName) ?? throw Missing($"{TokenName} is not set any more")), DateTimeOffset.MaxValue))));
        }

        string client = Value(ClientName) ?? throw Missing($"neither {TokenName} nor {ClientName} is set");
        string secret = Value(SecretName) ?? throw Missing($"{SecretName} is not set");
        return new Workspace(host, new SecretSource(cancel => WorkspaceLogin.RequestAsync(host, client, secret, cancel)));
    }

    /// <summary>A text that is not left in memory in the clear.</summary>
    public static SecureString Secure(string text)
    {
        SecureString secret = new NetworkCredential("", text).SecurePassword;
        secret.MakeReadOnly();
        return secret;
    }

    private static Uri Address(string text)
    {
        bool isUrl = Uri.TryCreate(text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}", UriKind.Absolute, out Uri? url);
        // The text itself stays out of messages: it could hold credentials.
        if (!isUrl || url!.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Query.Length > 0 || url.Fragment.Length > 0 || url.AbsolutePath != "/")
            throw Invalid($"{HostName} is not the address of a workspace", "Set it to https://<workspace>, without path, query or credentials.");
        if (url.Scheme == "http" && !ConnectionSettings.IsLocal(url.Host))
            throw Invalid($"{HostName} begins with http://, which would send the token in the clear", "Set it to https://<workspace>.");
        return url;
    }

    private static LakebaseException Invalid(string fault, string remedy) =>
        new LakebaseError(ErrorIds.InvalidArgument, LakebaseErrorKind.InvalidArgument, $"{fault}.") { Target = HostName, Remedy = remedy }.ToException();

    private static LakebaseException Missing(string fault) =>
        new LakebaseError(ErrorIds.WorkspaceNotConfigured, LakebaseErrorKind.InvalidArgument, $"The workspace of the volume is not known: {fault}.")
        {
            Target = HostName,
            Remedy = $"Set {HostName}, and {TokenName} or {ClientName} and {SecretName}, in the environment of this process.",
        }.ToException();
}
