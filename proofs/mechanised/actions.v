(** * Reads and writes, one by one

    A store instance as a sequence of actions: it reads its loads into registers of
    its own, left to right, then writes. Elements live at addresses, so that the same
    facts serve for buffers as objects and for arenas. Actions that share no cell that
    one of them writes may be swapped; so any interleaving of sequences that are
    independent of each other does what they do one after the other.
    Counterpart: docs/theorem.md Lemma 5. *)

From Coq Require Import List String ZArith Lia Bool.
From Obligato Require Import model order.
Import ListNotations.

(** [ts] interleaved: each sequence keeps its own order. *)
Inductive interleaves {A : Type} : list (list A) -> list A -> Prop :=
| AllDone : forall ts, Forall (fun t => t = []) ts -> interleaves ts []
| OneStep : forall ts1 a t ts2 l, interleaves (ts1 ++ t :: ts2) l -> interleaves (ts1 ++ (a :: t) :: ts2) (a :: l).

Lemma interleaves_in : forall A (ts : list (list A)) l, interleaves ts l -> forall a, In a l -> In a (List.concat ts).
Proof.
  intros A ts l H. induction H as [ts _ | ts1 a t ts2 l H IH]; intros b Hb; [destruct Hb |].
  rewrite concat_app in IH |- *. simpl in IH |- *. rewrite in_app_iff. simpl. rewrite in_app_iff.
  destruct Hb as [<- | Hb]; [tauto |]. specialize (IH b Hb). rewrite !in_app_iff in IH. tauto.
Qed.

Section Actions.
  Context {V : Type} {address : Type}.
  Variable address_dec : forall a b : address, {a = b} + {a <> b}.
  Variable I : interpretation V.
  Variable place : element -> address.

  (** Registers belong to an instance (the store's name and the point), one per load. *)
  Inductive cell := Mem (a : address) | Reg (statement : name) (x : point) (load : nat).

  Definition cell_dec : forall a b : cell, {a = b} + {a <> b}.
  Proof. repeat decide equality. Qed.

  Definition state := cell -> V.

  Inductive action :=
  | Read (s : store) (x : point) (j : nat) (e : element)
  | Write (s : store) (x : point).

  (** The value of an expression whose loads, from number [j] on, are in registers. *)
  Fixpoint eval_reg (r : nat -> V) (j : nat) (x : point) (e : expr) : V :=
    match e with
    | Load _ _ => r j
    | Const c => const_value I c
    | Index z => index_value I (z x)
    | Op f args =>
        op_value I f
          ((fix each (j : nat) (es : list expr) : list V :=
              match es with
              | [] => []
              | a :: rest => eval_reg r j x a :: each (j + List.length (loads a)) rest
              end) j args)
    end.

  Lemma eval_reg_eval : forall r x (m : memory V) e j,
    (forall k b i, nth_error (loads e) k = Some (b, i) -> r (j + k) = m (b, i x)) -> eval_reg r j x e = eval I m x e.
  Proof.
    intros r x m e. induction e as [b i | c | z | f args IH] using expr_induction; intros j H; simpl.
    - rewrite <- (H 0 b i eq_refl). f_equal. lia.
    - reflexivity.
    - reflexivity.
    - f_equal. simpl in H. revert j H. induction IH as [| a rest Ha _ IHrest]; intros j H; [reflexivity |].
      simpl. f_equal.
      + apply Ha. intros k b i Hk. apply H. simpl. rewrite nth_error_app1; [exact Hk |].
        apply nth_error_Some. rewrite Hk. discriminate.
      + apply IHrest. intros k b i Hk. rewrite <- Nat.add_assoc. apply H. simpl.
        rewrite nth_error_app2 by lia. rewrite <- Hk. f_equal. lia.
  Qed.

  Lemma eval_reg_same : forall r r' x e j,
    (forall k, k < List.length (loads e) -> r (j + k) = r' (j + k)) -> eval_reg r j x e = eval_reg r' j x e.
  Proof.
    intros r r' x e. induction e as [b i | c | z | f args IH] using expr_induction; intros j H; simpl; try reflexivity.
    - specialize (H 0). simpl in H. rewrite Nat.add_0_r in H. apply H. lia.
    - f_equal. simpl in H. revert j H. induction IH as [| a rest Ha _ IHrest]; intros j H; [reflexivity |].
      simpl in H. rewrite app_length in H. f_equal.
      + apply Ha. intros k Hk. apply H. lia.
      + apply IHrest. intros k Hk. rewrite <- Nat.add_assoc. apply H. lia.
  Qed.

  (** ** What an action reads and writes *)

  Definition target (a : action) : cell :=
    match a with Read s x j _ => Reg (s_name s) x j | Write s x => Mem (place (written (s, x))) end.

  Definition uses (a : action) : list cell :=
    match a with
    | Read _ _ _ e => [Mem (place e)]
    | Write s x => map (Reg (s_name s) x) (seq 0 (List.length (loads (s_value s))))
    end.

  Definition compute (a : action) (m : state) : V :=
    match a with
    | Read _ _ _ e => m (Mem (place e))
    | Write s x => eval_reg (fun j => m (Reg (s_name s) x j)) 0 x (s_value s)
    end.

  Definition perform (m : state) (a : action) : state :=
    fun c => if cell_dec (target a) c then compute a m else m c.

  Definition perform_all (l : list action) (m : state) : state := fold_left perform l m.

  Definition same (m m' : state) : Prop := forall c, m c = m' c.

  Lemma compute_uses : forall a m m', (forall c, In c (uses a) -> m c = m' c) -> compute a m = compute a m'.
  Proof.
    intros [s x j e | s x] m m' H; simpl in H |- *; [apply H; left; reflexivity |].
    apply eval_reg_same. intros k Hk. apply H. apply in_map. apply in_seq. lia.
  Qed.

  Lemma perform_same : forall a m m', same m m' -> same (perform m a) (perform m' a).
  Proof.
    intros a m m' H c. unfold perform. rewrite (compute_uses a m m') by (intros; apply H). rewrite (H c). reflexivity.
  Qed.

  Lemma perform_all_same : forall l m m', same m m' -> same (perform_all l m) (perform_all l m').
  Proof. induction l as [| a l IH]; intros m m' H; [exact H |]. apply IH. apply perform_same. exact H. Qed.

  Lemma perform_all_app : forall l1 l2 m, perform_all (l1 ++ l2) m = perform_all l2 (perform_all l1 m).
  Proof. intros. apply fold_left_app. Qed.

  (** ** Independent actions *)

  Definition independent (a b : action) : Prop :=
    target a <> target b /\ ~ In (target a) (uses b) /\ ~ In (target b) (uses a).

  Lemma swap : forall a b m, independent a b -> same (perform (perform m a) b) (perform (perform m b) a).
  Proof.
    intros a b m (N & Hab & Hba) c. unfold perform at 1 3.
    rewrite (compute_uses b (perform m a) m), (compute_uses a (perform m b) m).
    - unfold perform. destruct (cell_dec (target b) c) as [Eb |], (cell_dec (target a) c) as [Ea |]; congruence.
    - intros d Hd. unfold perform. destruct (cell_dec (target b) d) as [E |]; [subst; contradiction | reflexivity].
    - intros d Hd. unfold perform. destruct (cell_dec (target a) d) as [E |]; [subst; contradiction | reflexivity].
  Qed.

  Lemma swap_all : forall l a m, (forall b, In b l -> independent a b) ->
    same (perform_all l (perform m a)) (perform (perform_all l m) a).
  Proof.
    induction l as [| b l IH]; intros a m H; [intros c; reflexivity |]. intros c. simpl.
    rewrite (perform_all_same l (perform (perform m a) b) (perform (perform m b) a)).
    - apply IH. intros d Hd. apply H. right. exact Hd.
    - apply swap. apply H. left. reflexivity.
  Qed.

  (** No action of one sequence depends on one of the other. *)
  Definition apart (t t' : list action) : Prop := forall a b, In a t -> In b t' -> independent b a.

  Lemma apart_shrinks : forall ts1 a t ts2,
    ForallOrdPairs apart (ts1 ++ (a :: t) :: ts2) -> ForallOrdPairs apart (ts1 ++ t :: ts2).
  Proof.
    induction ts1 as [| u ts1 IH]; intros a t ts2 H; simpl in H |- *; inversion_clear H as [| ? ? F S].
    - constructor; [| exact S]. eapply Forall_impl; [| exact F]. intros v Hv c d Hc Hd. apply Hv; [right |]; assumption.
    - constructor; [| exact (IH _ _ _ S)]. rewrite Forall_app in F |- *. destruct F as [F1 F2]. split; [exact F1 |].
      inversion_clear F2 as [| ? ? Fa F3]. constructor; [| exact F3].
      intros c d Hc Hd. apply Fa; [exact Hc | right; exact Hd].
  Qed.

  Lemma apart_before : forall ts1 t ts2 u, ForallOrdPairs apart (ts1 ++ t :: ts2) -> In u ts1 -> apart u t.
  Proof.
    induction ts1 as [| v ts1 IH]; intros t ts2 u H Hu; simpl in H; [destruct Hu |].
    inversion_clear H as [| ? ? F S]. destruct Hu as [-> | Hu]; [| exact (IH _ _ _ S Hu)].
    rewrite Forall_forall in F. apply F. apply in_elt.
  Qed.

  (** Any interleaving of independent sequences does what they do one after the other. *)
  Theorem interleaving_is_serial : forall ts l, interleaves ts l -> ForallOrdPairs apart ts ->
    forall m, same (perform_all l m) (perform_all (List.concat ts) m).
  Proof.
    intros ts l H. induction H as [ts Hts | ts1 a t ts2 l H IH]; intros Hapart m.
    - assert (E : List.concat ts = []).
      { clear Hapart. induction Hts as [| t ts E _ IHts]; [reflexivity |]. subst t. exact IHts. }
      rewrite E. intros c. reflexivity.
    - intros c. simpl. rewrite (IH (apart_shrinks _ _ _ _ Hapart)), !concat_app. simpl.
      rewrite !perform_all_app. simpl. rewrite !perform_all_app.
      apply perform_all_same. apply perform_all_same. apply swap_all.
      intros b Hb. apply in_concat in Hb. destruct Hb as (u & Hu & Hb).
      apply (apart_before _ _ _ _ Hapart Hu b a Hb). left. reflexivity.
  Qed.
End Actions.
