using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth.Oidc;

/// <summary>A key that an issuer signs with, and tokens of it.</summary>
internal sealed class IssuerKey : IDisposable
{
    private readonly AsymmetricAlgorithm _key;
    private readonly string _id;

    private IssuerKey(string id, AsymmetricAlgorithm key) => (_id, _key) = (id, key);

    public static IssuerKey Rsa(string id) => new(id, RSA.Create(2048));

    public static IssuerKey Ec(string id) => new(id, ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Its public part, as issuers publish it.</summary>
    public JsonObject Jwk => _key is RSA rsa
        ? new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = _id,
            ["n"] = Base64Url.EncodeToString(rsa.ExportParameters(false).Modulus),
            ["e"] = Base64Url.EncodeToString(rsa.ExportParameters(false).Exponent),
        }
        : new JsonObject
        {
            ["kty"] = "EC",
            ["use"] = "sig",
            ["alg"] = "ES256",
            ["kid"] = _id,
            ["crv"] = "P-256",
            ["x"] = Base64Url.EncodeToString(((ECDsa)_key).ExportParameters(false).Q.X),
            ["y"] = Base64Url.EncodeToString(((ECDsa)_key).ExportParameters(false).Q.Y),
        };

    /// <summary>A token with these claims.</summary>
    public string Sign(JsonObject claims) => Join(Head(_key is RSA ? "RS256" : "ES256"), claims, text => _key is RSA rsa
        ? rsa.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
        : ((ECDsa)_key).SignData(text, HashAlgorithmName.SHA256));

    /// <summary>One that nobody signed.</summary>
    public string Unsigned(JsonObject claims) => Join(Head("none"), claims, _ => []);

    /// <summary>One signed with the public key, as if it were a secret that both know.</summary>
    public string SignWithPublicKey(JsonObject claims) =>
        Join(Head("HS256"), claims, text => HMACSHA256.HashData(Encoding.UTF8.GetBytes(_key.ExportSubjectPublicKeyInfoPem()), text));

    public void Dispose() => _key.Dispose();

    private JsonObject Head(string algorithm) => new() { ["alg"] = algorithm, ["typ"] = "JWT", ["kid"] = _id };

    private static string Join(JsonObject head, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var signed = $"{Encode(head)}.{Encode(claims)}";
        return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";

        static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
    }
}
